import { ProtocolError } from '../../base/errors.ts';

/** How far the intervals of one worker have come, for each of its leases. */
export class IntervalMarks {
  readonly #received = new Map<number, number>();
  readonly #stored = new Map<number, number>();

  /** The last interval received of a lease; 0 where none was. */
  received(epoch: number): number {
    return this.#received.get(epoch) ?? 0;
  }

  /** The last interval of a lease that is stored for good; 0 where none is. */
  stored(epoch: number): number {
    return this.#stored.get(epoch) ?? 0;
  }

  /**
   * Whether an interval is the next of its lease; `false` for one that was here before.
   *
   * @throws {ProtocolError} Where one is missing before it.
   */
  isNext(epoch: number, sequence: number): boolean {
    const last = this.received(epoch);
    if (sequence <= last) return false;
    if (sequence === last + 1) return true;
    throw new ProtocolError(`interval ${sequence} arrived after interval ${last}`);
  }

  /** An interval was received. */
  receive(epoch: number, sequence: number): void {
    this.#received.set(epoch, sequence);
  }

  /** Intervals up to this one are stored. */
  store(epoch: number, sequence: number): void {
    if (this.stored(epoch) < sequence) this.#stored.set(epoch, sequence);
  }
}
