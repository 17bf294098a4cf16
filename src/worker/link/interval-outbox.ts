/** An interval on its way to the master; its lease and its number in that lease name it. */
export interface OutgoingInterval {
  readonly epoch: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/**
 * Intervals that the master has not stored yet, oldest first. The master acknowledges after its
 * transaction is durable; until then they are kept and sent again after every reconnect.
 */
export class IntervalOutbox {
  #waiting: OutgoingInterval[] = [];

  /** Takes an interval; the payload is kept as it is, not copied. */
  add(interval: OutgoingInterval): void {
    this.#waiting.push(interval);
  }

  /** Forgets what is stored: all of `epoch` up to and including `sequence`. */
  stored(epoch: number, sequence: number): void {
    this.#waiting = this.#waiting.filter(
      (interval) => interval.epoch !== epoch || interval.sequence > sequence,
    );
  }

  /** What is still waiting, oldest first. */
  all(): readonly OutgoingInterval[] {
    return this.#waiting;
  }
}
