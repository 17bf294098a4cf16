import { assert } from '../base/errors.ts';
import { FairSequence } from './fair-sequence.ts';

/** The most users of one run. */
export const MAX_USERS = 1_000_000;

/** What the plan must know of a user class. */
export interface PlanClass {
  readonly name: string;
  /** Share among the classes without a fixed count: finite, >= 0, fractions allowed; 0 means never. */
  readonly weight: number;
  /** Exactly so many users of it, before all others; a whole number, 0 for none. Beats `weight`. */
  readonly fixedCount: number;
}

/**
 * Which class each user is of. User k's class depends on the classes alone, never on how many users
 * there are, so a run that grows later keeps the users that it has.
 *
 * The fixed counts come first, interleaved in proportion to each other (A:4 and B:2 give A B A A B A,
 * so that a run with too few users for all of them still has a fair part of each). The rest follows
 * the weights. Both keep each class within one user of its exact share at every prefix.
 */
export class ClassSequence {
  readonly #fixedTotal: number;
  readonly #fixed: FairSequence | undefined;
  readonly #weighted: FairSequence | undefined;
  #known: Uint32Array = new Uint32Array(256);
  #knownCount = 0;

  /** @param classes - Valid classes: finite weights >= 0, whole fixed counts >= 0. */
  constructor(classes: readonly PlanClass[]) {
    const counts = classes.map(({ fixedCount }) => fixedCount);
    const weights = classes.map(({ weight, fixedCount }) => (fixedCount > 0 ? 0 : weight));
    this.#fixedTotal = counts.reduce((total, count) => total + count, 0);
    if (this.#fixedTotal > 0) this.#fixed = new FairSequence(counts);
    if (weights.some((weight) => weight > 0)) this.#weighted = new FairSequence(weights);
  }

  /** How many users there can be: `MAX_USERS`, or fewer where only fixed counts start. */
  get capacity(): number {
    return this.#weighted === undefined ? Math.min(this.#fixedTotal, MAX_USERS) : MAX_USERS;
  }

  /**
   * The index of user `user`'s class; `undefined` where all classes are fixed (or have weight 0) and
   * their counts are used up. The first call for a number works out all below it.
   *
   * @param user - Whole number in [0, MAX_USERS).
   */
  classOf(user: number): number | undefined {
    assert(Number.isInteger(user) && user >= 0 && user < MAX_USERS, `no user has number ${user}`);
    if (user >= this.capacity) return undefined;
    if (user >= this.#knownCount) this.#extendTo(user + 1);
    return this.#known[user];
  }

  #extendTo(count: number): void {
    if (count > this.#known.length) {
      const grown = new Uint32Array(Math.max(count, 2 * this.#known.length));
      grown.set(this.#known);
      this.#known = grown;
    }
    for (let user = this.#knownCount; user < count; user += 1) {
      const source = user < this.#fixedTotal ? this.#fixed : this.#weighted;
      assert(source !== undefined, 'a user below the capacity has a class');
      this.#known[user] = source.next();
    }
    this.#knownCount = count;
  }
}

/**
 * The class index of the users in [0, count), as `ClassSequence` gives them.
 *
 * @returns `count` indexes, or fewer where all classes are fixed.
 */
export function classSequence(classes: readonly PlanClass[], count: number): Uint32Array {
  const sequence = new ClassSequence(classes);
  const starting = Math.min(count, sequence.capacity);
  return Uint32Array.from({ length: starting }, (_, user) => sequence.classOf(user) ?? 0);
}
