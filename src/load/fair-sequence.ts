import { assert } from '../base/errors.ts';
import { wholeProportions } from './proportions.ts';

/** Keeps every sum of two lags a safe integer. */
const LARGEST_TOTAL = 2 ** 52;

/**
 * An endless sequence of indexes in which each appears according to its weight, at every prefix.
 *
 * With n weights above 0, and p_i their shares, the first k entries hold index i between
 * k·p_i − (1 − 1/(2n−2)) and k·p_i + (1 − 1/(2n−2)) times: never a whole entry off, and no rule does
 * better. It is Tijdeman's rule for the chairman assignment problem. The simpler ones do not hold
 * it: smooth weighted round robin is off by 1.32 at weights 7,1,50,1,2,50,1,5,5,1,50.
 *
 * All arithmetic is on integers. Only where the exact weights need a total beyond 2^52 are they
 * rounded, by so little that a million entries stay far from using up the distance of 1/(2n−2).
 */
export class FairSequence {
  /** Indexes whose weight is above 0. */
  readonly #indexes: readonly number[];
  readonly #shares: readonly number[];
  /** For each of `#indexes`: entries that it should have had by now, less those it had, times `#total`. */
  readonly #lags: number[];
  readonly #total: number;
  /** 1/(2n−2) times `#total`: an index with a smaller lag waits. */
  readonly #margin: number;

  /** @param weights - Finite numbers >= 0, at least one of them above 0. */
  constructor(weights: readonly number[]) {
    this.#indexes = weights.flatMap((weight, index) => (weight > 0 ? [index] : []));
    assert(this.#indexes.length > 0, 'a fair sequence needs a weight above 0');
    // A multiple of this makes the margin an integer; one weight alone has no margin to keep.
    const multiple = Math.max(1, 2 * this.#indexes.length - 2);
    const shares = wholeProportions(
      weights.filter((weight) => weight > 0),
      Math.floor(LARGEST_TOTAL / multiple),
    );
    this.#shares = shares.map((share) => share * multiple);
    this.#total = this.#shares.reduce((total, share) => total + share, 0);
    this.#margin = this.#total / multiple;
    this.#lags = shares.map(() => 0);
  }

  /** The next entry: an index into the weights. Takes time in proportion to their number. */
  next(): number {
    if (this.#indexes.length === 1) return this.#indexes[0] ?? 0;
    let chosen = 0;
    let fewestLeft = Number.POSITIVE_INFINITY;
    for (const [position, share] of this.#shares.entries()) {
      const lag = (this.#lags[position] ?? 0) + share;
      this.#lags[position] = lag;
      if (lag < this.#margin) continue;
      // How many entries may still go to other indexes before the lag of this one would be too large.
      const left = Math.floor((this.#total - this.#margin - lag) / share);
      if (left < fewestLeft) {
        fewestLeft = left;
        chosen = position;
      }
    }
    this.#lags[chosen] = (this.#lags[chosen] ?? 0) - this.#total;
    return this.#indexes[chosen] ?? 0;
  }
}
