/** An instant before all others, for what has not happened yet or counts no longer. */
export const NEVER: number = Number.NEGATIVE_INFINITY;

/**
 * When the `index`-th start of a plan happens: `fromSeconds + index / perSecond`, so the first one happens at
 * once and the others evenly, not in bursts of a second.
 *
 * @param index - Place among the starts, 0-based.
 * @param perSecond - Starts per second, > 0.
 * @returns Seconds since the run's start.
 */
export function changeAtSeconds(fromSeconds: number, index: number, perSecond: number): number {
  return fromSeconds + index / perSecond;
}

/**
 * Gives starts, or stops, their instants one after the other: each keeps a distance of one step from the
 * one before. Starts and stops have a pace each, since each has the whole rate. Any unit of time will do.
 */
export class Pace {
  #last: number;

  /** @param last - Instant of the last start (or stop) so far; `NEVER` where there was none. */
  constructor(last: number = NEVER) {
    this.#last = last;
  }

  /** The instant that the next one would have: not before `earliest`, and `step` after the one before. */
  peek(earliest: number, step: number): number {
    return Math.max(earliest, this.#last + step);
  }

  /** The same instant, taken. */
  next(earliest: number, step: number): number {
    this.#last = this.peek(earliest, step);
    return this.#last;
  }
}
