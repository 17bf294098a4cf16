/*
 * Entry of the thread that wakes the users' thread on time. Node's own timers are whole milliseconds and
 * fire up to two late. A sleep in `Atomics.wait` ends within 0.1 ms but blocks its thread, and so has a
 * thread of its own. That thread does nothing but sleep, so that waiting costs no CPU (spinning would cost a core).
 *
 * No order is lost: the ordering thread first counts its order and then looks whether this thread sleeps
 * too long. This thread first says how long it will sleep, and then sleeps only if no order was counted.
 */
import { workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import {
  cellDistanceUs,
  DUE_CELL,
  FIRED_CELL,
  IDLE_CELL,
  LOOKS_AT_CELL,
  ORDERS_CELL,
  TICK_US,
  toCell,
} from './alarm-cells.ts';

// Only alarm.ts writes this.
const cells = new Int32Array(workerData as SharedArrayBuffer);
let done = -1;

for (;;) {
  const order = Atomics.load(cells, ORDERS_CELL);
  if (order === done) sleepUntilOrdered(order);
  else carryOut(order);
}

function carryOut(order: number): void {
  const now = toCell(systemClock.nowUs());
  const leftUs = cellDistanceUs(now, Atomics.load(cells, DUE_CELL));
  if (leftUs > 0) {
    sleep(order, now, leftUs);
    return;
  }
  done = order;
  Atomics.add(cells, FIRED_CELL, 1);
  Atomics.notify(cells, FIRED_CELL);
  // The next order mostly comes at once, and is seldom for an earlier instant than this one.
  sleep(order, now, TICK_US);
}

function sleep(order: number, now: number, us: number): void {
  Atomics.store(cells, LOOKS_AT_CELL, toCell(now + us));
  Atomics.wait(cells, ORDERS_CELL, order, us / 1000);
}

function sleepUntilOrdered(order: number): void {
  Atomics.store(cells, IDLE_CELL, 1);
  Atomics.wait(cells, ORDERS_CELL, order);
  Atomics.store(cells, IDLE_CELL, 0);
}
