import { Worker } from 'node:worker_threads';
import {
  CELLS,
  cellDistanceUs,
  DUE_CELL,
  FIRED_CELL,
  IDLE_CELL,
  LOOKS_AT_CELL,
  ORDERS_CELL,
  toCell,
} from './alarm-cells.ts';

/** Where a new order is earlier by less than this, in microseconds, the alarm is not woken for it. */
const SLACK_US = 50;

/** Wakes this thread at an instant, within about 0.1 ms; see alarm-thread.ts for how. */
export class Alarm {
  readonly #cells = new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
  readonly #onFired: () => void;
  readonly #thread: Worker;
  #seen = 0;
  #isLive = false;

  /**
   * Starts the alarm's thread, which does not keep the process alive.
   *
   * @param onFired - The alarm went off. Called from the event loop, never from within `set`; may be
   *   called while no order is due.
   * @param onChanged - `isLive` has changed: orders must be given anew.
   */
  constructor(onFired: () => void, onChanged: () => void) {
    this.#onFired = onFired;
    const entry = import.meta.url.endsWith('.ts') ? './alarm-thread.ts' : './alarm-thread.js';
    this.#thread = new Worker(new URL(entry, import.meta.url), {
      workerData: this.#cells.buffer,
      // The thread has no business with the command line's Node options (profilers, loaders).
      execArgv: [],
    });
    this.#thread.unref();
    const become = (isLive: boolean): void => {
      if (this.#isLive === isLive) return;
      this.#isLive = isLive;
      if (isLive) this.#listen();
      onChanged();
    };
    this.#thread.once('online', () => become(true));
    // Without the alarm pacing is less precise, which is no reason to end the worker.
    this.#thread.once('error', () => become(false));
    this.#thread.once('exit', () => become(false));
  }

  /** Whether the alarm keeps orders: it does not before its thread has started, nor after the thread's end. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /**
   * Orders it for an instant, in place of any earlier order.
   *
   * @param us - Of `systemClock`, at most half an hour from now.
   */
  set(us: number): void {
    const due = toCell(us);
    Atomics.store(this.#cells, DUE_CELL, due);
    Atomics.add(this.#cells, ORDERS_CELL, 1);
    const sleepsTooLong =
      Atomics.load(this.#cells, IDLE_CELL) === 1 ||
      cellDistanceUs(due, Atomics.load(this.#cells, LOOKS_AT_CELL)) > SLACK_US;
    if (sleepsTooLong) Atomics.notify(this.#cells, ORDERS_CELL);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #listen(): void {
    const waiting = Atomics.waitAsync(this.#cells, FIRED_CELL, this.#seen);
    // The alarm went off between two listenings: the caller still hears of it in a later turn.
    if (waiting.async) void waiting.value.then(this.#hear);
    else setImmediate(this.#hear);
  }

  readonly #hear = (): void => {
    if (!this.#isLive) return;
    this.#seen = Atomics.load(this.#cells, FIRED_CELL);
    this.#listen();
    this.#onFired();
  };
}
