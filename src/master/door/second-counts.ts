import type { Clock } from '../../base/clock.ts';

/** Keys that are remembered. */
const MAX_KEYS = 10_000;
const SECOND_US = 1_000_000;

/** How often something happened in the second that runs and in the one before. */
interface TwoSeconds {
  readonly second: number;
  readonly before: number;
  readonly count: number;
}

/** Counts what happens in a second, apart for each of the newest 10,000 keys. */
export class SecondCounts {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, TwoSeconds>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often it happened in this second or in the one before: the larger number. */
  of(key: string): number {
    const { before, count } = this.#now(key);
    return Math.max(before, count);
  }

  /** It happened once more. */
  add(key: string): void {
    const now = this.#now(key);
    // Set anew, so that the oldest stay in front.
    this.#byKey.delete(key);
    this.#byKey.set(key, { ...now, count: now.count + 1 });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MAX_KEYS && oldest !== undefined) this.#byKey.delete(oldest);
  }

  #now(key: string): TwoSeconds {
    const second = Math.floor(this.#clock.nowUs() / SECOND_US);
    const last = this.#byKey.get(key);
    if (last?.second === second) return last;
    return { second, before: last?.second === second - 1 ? last.count : 0, count: 0 };
  }
}
