import { MinHeap } from './min-heap.ts';

/** A callback that waits for its time; made by `TimerQueue.add`. */
export interface QueuedTimer {
  /** Instant of the clock in microseconds. */
  readonly dueUs: number;
}

class Entry implements QueuedTimer {
  readonly dueUs: number;
  readonly order: number;
  /** `undefined` once it has fired or was cancelled: nothing is held any longer than needed. */
  callback: (() => void) | undefined;

  constructor(dueUs: number, order: number, callback: () => void) {
    this.dueUs = dueUs;
    this.order = order;
    this.callback = callback;
  }
}

/** Cancelled entries that may stay in the heap, whatever their share. */
const FREE_CANCELLED = 1000;

/**
 * Timers of a whole process in one heap, by instants instead of delays. Reads no clock and sets no
 * timer: its owner asks for the next due time, and calls `fire` when that has come.
 *
 * Adding costs O(log n). Cancelling costs nothing but a mark: entries are dropped when they come to
 * the top, or all at once when more than half of them are marked.
 */
export class TimerQueue {
  #heap = new MinHeap<Entry>((entry) => entry.dueUs);
  #cancelled = 0;
  #added = 0;

  /** Timers that will fire. */
  get size(): number {
    return this.#heap.size - this.#cancelled;
  }

  /** When the next timer is due, `Infinity` where there is none. */
  get nextDueUs(): number {
    return this.#next()?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  /** Adds a timer. */
  add(dueUs: number, callback: () => void): QueuedTimer {
    const entry = new Entry(dueUs, this.#added, callback);
    this.#added += 1;
    this.#heap.push(entry);
    return entry;
  }

  /** Cancels a timer of this queue; does nothing for a timer that has fired or was cancelled. */
  cancel(timer: QueuedTimer): void {
    if (!(timer instanceof Entry) || timer.callback === undefined) return;
    timer.callback = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > FREE_CANCELLED && this.#cancelled * 2 > this.#heap.size) this.#compact();
  }

  /**
   * Calls back every timer that is due by `nowUs`, in the order of their due times. Timers that the
   * callbacks add wait for the next call, however early they are due, so that this call ends.
   *
   * @throws What a callback throws; the timers after it fire at the next call.
   */
  fire(nowUs: number): void {
    const end = this.#added;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.dueUs > nowUs || next.order >= end) return;
      this.#heap.pop();
      const { callback } = next;
      next.callback = undefined;
      callback?.();
    }
  }

  /** The first entry that is not cancelled, left inside. */
  #next(): Entry | undefined {
    for (;;) {
      const top = this.#heap.peek();
      if (top === undefined || top.callback !== undefined) return top;
      this.#heap.pop();
      this.#cancelled -= 1;
    }
  }

  #compact(): void {
    const kept = new MinHeap<Entry>((entry) => entry.dueUs);
    for (let entry = this.#heap.pop(); entry !== undefined; entry = this.#heap.pop()) {
      if (entry.callback !== undefined) kept.push(entry);
    }
    this.#heap = kept;
    this.#cancelled = 0;
  }
}
