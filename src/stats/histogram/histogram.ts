import type { BucketList } from '../bytes/bucket-list.ts';

/**
 * Hot path: `record` runs several times for every request. It does not allocate once the octaves of
 * a workload have been seen, has no branch but the range checks, and no division below 2^32 µs.
 */

/** Counters in one octave (one doubling of the value); decides the relative error: 0.5 / 128 = 0.39 %. */
const PAGE_SIZE = 128;
const PAGE_BITS = 7;
/** Values at or past this are counted in the last bucket. */
const LIMIT_US = 2 ** 40;
/** Octaves [0,128), [128,256), [256,512) … up to 2^40. */
const PAGE_COUNT = 34;
/** Counters in one chunk of an octave; there are 8 chunks. */
const CHUNK_SIZE = 16;
const CHUNK_BITS = 4;
const MAX_UINT32 = 2 ** 32 - 1;
const NO_COUNTS = new Uint32Array(0);

/** How many buckets a histogram has; bucket indexes are 0-based and below this. */
export const BUCKET_COUNT: number = PAGE_COUNT * PAGE_SIZE;

/**
 * The bucket that a value is counted in.
 *
 * @param valueUs - Integer >= 0.
 * @returns Non-decreasing in `valueUs`, 0 <= index < `BUCKET_COUNT`.
 */
export function bucketIndexOf(valueUs: number): number {
  if (valueUs < 2 * PAGE_SIZE) return valueUs;
  if (valueUs < 2 ** 32) {
    const shift = 24 - Math.clz32(valueUs);
    return shift * PAGE_SIZE + (valueUs >>> shift);
  }
  if (valueUs >= LIMIT_US) return BUCKET_COUNT - 1;
  // Bit operations know 32 bits only; the 8 lowest do not matter in an octave as wide as this.
  const high = Math.floor(valueUs / 256);
  const shift = 24 - Math.clz32(high);
  return (shift + 8) * PAGE_SIZE + (high >>> shift);
}

/** The smallest value of a bucket. The smallest value of the next bucket is the first one past it. */
export function bucketLowUs(index: number): number {
  const page = index >>> PAGE_BITS;
  return page === 0 ? index : (PAGE_SIZE + (index & (PAGE_SIZE - 1))) * 2 ** (page - 1);
}

/**
 * A distribution of times in integer microseconds: log-linear buckets with a relative error of at
 * most 0.4 %, and count, sum, minimum and maximum exactly. Merging is addition, so figures of
 * several workers or seconds come from merged histograms, never from averaged percentiles.
 *
 * Memory follows the values: octaves get their 128 counters (512 bytes) when a value first falls in
 * them, so an empty histogram is a few words and a typical one 2–3 kB.
 */
export class Histogram {
  /** For each octave: 1-based place of its page in `#counts`, 0 = none yet. */
  readonly #pageOrdinals = new Uint8Array(PAGE_COUNT);
  /** For each octave: bit k is set where its k-th 16 counters have a value. Most octaves have few. */
  readonly #chunks = new Uint8Array(PAGE_COUNT);
  #counts: Uint32Array | Float64Array = NO_COUNTS;
  #pagesUsed = 0;
  #count = 0;
  #sumUs = 0;
  #minUs = Number.POSITIVE_INFINITY;
  #maxUs = 0;

  /** Number of values recorded. */
  get count(): number {
    return this.#count;
  }

  /** Exact sum of the values. */
  get sumUs(): number {
    return this.#sumUs;
  }

  /** Exact smallest value; 0 without values. */
  get minUs(): number {
    return this.#count === 0 ? 0 : this.#minUs;
  }

  /** Exact largest value, also beyond 2^40; 0 without values. */
  get maxUs(): number {
    return this.#maxUs;
  }

  /** Exact mean; null without values. */
  get meanUs(): number | null {
    return this.#count === 0 ? null : this.#sumUs / this.#count;
  }

  /**
   * Counts one value. About 12 ns.
   *
   * @param valueUs - Microseconds; fractions are rounded, negative values (and NaN) count as 0,
   *   values past 2^40 fall in the last bucket while sum and maximum stay exact.
   */
  record(valueUs: number): void {
    this.recordCount(valueUs, 1);
  }

  /** Counts `count` (an integer >= 0) equal values; see `record`. */
  recordCount(valueUs: number, count: number): void {
    if (count <= 0) return;
    const value = valueUs > 0 ? Math.min(Math.round(valueUs), Number.MAX_SAFE_INTEGER) : 0;
    this.#addToBucket(bucketIndexOf(value), count);
    this.#addSummary(count, value * count, value, value);
  }

  /** Adds everything that `other` counted; `other` is left alone. */
  merge(other: Histogram): void {
    if (other.#count === 0) return;
    if (this.#count === 0) this.#grow(other.#pagesUsed);
    // No bucket holds more than all values together.
    if (this.#count + other.#count > MAX_UINT32) this.#widen();
    const last = other.#lastPage;
    for (let page = other.#firstPage; page <= last; page += 1) {
      const ordinal = other.#pageOrdinals[page] ?? 0;
      if (ordinal > 0) this.#addPageOf(other, (ordinal - 1) * PAGE_SIZE, page);
    }
    this.#addSummary(other.#count, other.#sumUs, other.#minUs, other.#maxUs);
  }

  /** Adds all values of this histogram to `into`, as a `Distribution` does. */
  addTo(into: Histogram): void {
    into.merge(this);
  }

  /**
   * Adds values to buckets without touching count, sum, minimum and maximum: with `addSummary` the
   * way in for decoders, which have checked that both belong together.
   *
   * @param indexes - Of the buckets, each >= 0 and below `BUCKET_COUNT`.
   * @param counts - How many values there are in each.
   * @param from - The first to add.
   * @param to - Behind the last to add.
   */
  addBuckets(indexes: Uint16Array, counts: Float64Array, from: number, to: number): void {
    const ordinals = this.#pageOrdinals;
    const chunks = this.#chunks;
    let counters = this.#counts;
    for (let place = from; place < to; place += 1) {
      const index = indexes[place] ?? 0;
      const page = index >>> PAGE_BITS;
      const slot = index & (PAGE_SIZE - 1);
      let ordinal = ordinals[page] ?? 0;
      if (ordinal === 0) {
        ordinal = this.#addPage(page);
        counters = this.#counts;
      }
      chunks[page] = (chunks[page] ?? 0) | (1 << (slot >>> CHUNK_BITS));
      const position = (ordinal - 1) * PAGE_SIZE + slot;
      const total = (counters[position] ?? 0) + (counts[place] ?? 0);
      if (total > MAX_UINT32) counters = this.#widen();
      counters[position] = total;
    }
  }

  /** Adds to count and sum and widens minimum and maximum; see `addBuckets`. */
  addSummary(count: number, sumUs: number, minUs: number, maxUs: number): void {
    this.#addSummary(count, sumUs, minUs, maxUs);
  }

  /** Forgets all values and keeps the memory, for use again. */
  clear(): void {
    if (this.#count === 0) return;
    this.#clearCounts();
    // Places are given anew, so that octaves of former values are not looked through for ever.
    this.#pageOrdinals.fill(0);
    this.#chunks.fill(0);
    this.#pagesUsed = 0;
    this.#count = 0;
    this.#sumUs = 0;
    this.#minUs = Number.POSITIVE_INFINITY;
    this.#maxUs = 0;
  }

  /** An independent copy. */
  clone(): Histogram {
    const copy = new Histogram();
    copy.merge(this);
    return copy;
  }

  /**
   * The value below or at which a share of all values lies (nearest rank), within 0.4 %.
   *
   * @param quantile - 0..1, both included; 0 gives the exact minimum, 1 the exact maximum.
   * @returns null without values.
   */
  percentileUs(quantile: number): number | null {
    return this.percentilesUs([quantile])[0] ?? null;
  }

  /** Like `percentileUs` for several quantiles, in any order, in one pass. */
  percentilesUs(quantiles: readonly number[]): (number | null)[] {
    const values: (number | null)[] = quantiles.map(() => null);
    if (this.#count === 0) return values;
    const wanted = quantiles
      .map((quantile, position) => ({ position, rank: nearestRank(quantile, this.#count) }))
      .sort((a, b) => a.rank - b.rank);
    let next = 0;
    let seen = 0;
    this.forEachBucketIndex((index, count) => {
      seen += count;
      for (let entry = wanted[next]; entry !== undefined && entry.rank <= seen; ) {
        values[entry.position] = this.#valueAt(entry.rank, index);
        next += 1;
        entry = wanted[next];
      }
    });
    return values;
  }

  /**
   * Calls back for every bucket that has values, in ascending order. A value `v` of it is
   * `lowUs <= v < highUs`, but for the last bucket of all, which has no upper end.
   */
  forEachBucket(visit: (lowUs: number, highUs: number, count: number) => void): void {
    this.forEachBucketIndex((index, count) => {
      visit(bucketLowUs(index), bucketLowUs(index + 1), count);
    });
  }

  /** Appends every bucket that has values to a list, in ascending order. */
  listBuckets(into: BucketList): void {
    const counts = this.#counts;
    const last = this.#lastPage;
    for (let page = this.#firstPage; page <= last; page += 1) {
      // From the counters' places to the buckets' indexes.
      const shift = page * PAGE_SIZE - ((this.#pageOrdinals[page] ?? 0) - 1) * PAGE_SIZE;
      let at = page * PAGE_SIZE - shift;
      for (let rest = this.#chunks[page] ?? 0; rest > 0; rest >>>= 1, at += CHUNK_SIZE) {
        if ((rest & 1) === 0) continue;
        for (let place = at; place < at + CHUNK_SIZE; place += 1) {
          const count = counts[place] ?? 0;
          if (count > 0) into.push(place + shift, count);
        }
      }
    }
  }

  /** Calls back with index and count of every bucket that has values, in ascending order. */
  forEachBucketIndex(visit: (index: number, count: number) => void): void {
    const counts = this.#counts;
    for (let page = 0; page < PAGE_COUNT; page += 1) {
      const shift = page * PAGE_SIZE - ((this.#pageOrdinals[page] ?? 0) - 1) * PAGE_SIZE;
      let at = page * PAGE_SIZE - shift;
      for (let rest = this.#chunks[page] ?? 0; rest > 0; rest >>>= 1, at += CHUNK_SIZE) {
        if ((rest & 1) === 0) continue;
        for (let place = at; place < at + CHUNK_SIZE; place += 1) {
          const count = counts[place] ?? 0;
          if (count > 0) visit(place + shift, count);
        }
      }
    }
  }

  /** Octave of the smallest value. */
  get #firstPage(): number {
    return bucketIndexOf(this.minUs) >>> PAGE_BITS;
  }

  /** Octave of the largest value. */
  get #lastPage(): number {
    return bucketIndexOf(this.#maxUs) >>> PAGE_BITS;
  }

  #valueAt(rank: number, index: number): number {
    // The ends are known exactly, so a percentile that falls on them is exact too.
    if (rank === 1) return this.#minUs;
    if (rank === this.#count) return this.#maxUs;
    const middle = (bucketLowUs(index) + bucketLowUs(index + 1) - 1) / 2;
    return Math.min(Math.max(middle, this.#minUs), this.#maxUs);
  }

  #addPageOf(other: Histogram, offset: number, page: number): void {
    let ordinal = this.#pageOrdinals[page] ?? 0;
    if (ordinal === 0) ordinal = this.#addPage(page);
    const into = this.#counts;
    const counts = other.#counts;
    const shift = (ordinal - 1) * PAGE_SIZE - offset;
    const chunks = other.#chunks[page] ?? 0;
    this.#chunks[page] = (this.#chunks[page] ?? 0) | chunks;
    for (let rest = chunks, at = offset; rest > 0; rest >>>= 1, at += CHUNK_SIZE) {
      if ((rest & 1) === 0) continue;
      for (let from = at; from < at + CHUNK_SIZE; from += 1) {
        into[from + shift] = (into[from + shift] ?? 0) + (counts[from] ?? 0);
      }
    }
  }

  #addToBucket(index: number, count: number): void {
    const page = index >>> PAGE_BITS;
    const slot = index & (PAGE_SIZE - 1);
    let ordinal = this.#pageOrdinals[page] ?? 0;
    if (ordinal === 0) ordinal = this.#addPage(page);
    this.#chunks[page] = (this.#chunks[page] ?? 0) | (1 << (slot >>> CHUNK_BITS));
    const position = (ordinal - 1) * PAGE_SIZE + slot;
    const total = (this.#counts[position] ?? 0) + count;
    if (total > MAX_UINT32) this.#widen();
    this.#counts[position] = total;
  }

  #clearCounts(): void {
    const counts = this.#counts;
    const last = this.#lastPage;
    for (let page = this.#firstPage; page <= last; page += 1) {
      let at = ((this.#pageOrdinals[page] ?? 0) - 1) * PAGE_SIZE;
      for (let rest = this.#chunks[page] ?? 0; rest > 0; rest >>>= 1, at += CHUNK_SIZE) {
        if ((rest & 1) === 0) continue;
        for (let place = at; place < at + CHUNK_SIZE; place += 1) counts[place] = 0;
      }
    }
  }

  /** A long run can count more than 2^32 into one bucket; wrapping round would be a wrong number. */
  #widen(): Uint32Array | Float64Array {
    if (this.#counts instanceof Uint32Array) this.#counts = Float64Array.from(this.#counts);
    return this.#counts;
  }

  #addPage(page: number): number {
    // Twice as much each time: making a histogram octave by octave would copy it as often.
    if ((this.#pagesUsed + 1) * PAGE_SIZE > this.#counts.length) {
      this.#grow(Math.min(Math.max(1, 2 * this.#pagesUsed), PAGE_COUNT));
    }
    this.#pagesUsed += 1;
    this.#pageOrdinals[page] = this.#pagesUsed;
    return this.#pagesUsed;
  }

  #grow(pages: number): void {
    const needed = pages * PAGE_SIZE;
    if (needed <= this.#counts.length) return;
    const grown =
      this.#counts instanceof Uint32Array ? new Uint32Array(needed) : new Float64Array(needed);
    grown.set(this.#counts);
    this.#counts = grown;
  }

  #addSummary(count: number, sumUs: number, minUs: number, maxUs: number): void {
    this.#count += count;
    this.#sumUs += sumUs;
    if (minUs < this.#minUs) this.#minUs = minUs;
    if (maxUs > this.#maxUs) this.#maxUs = maxUs;
  }
}

/** Rank 1..count of a quantile. */
function nearestRank(quantile: number, count: number): number {
  // 0.07 * 100 is 7.000000000000001: without the last factor that would be rank 8.
  const rank = Math.ceil(quantile * count * (1 - 2 ** -51));
  return Math.min(Math.max(rank, 1), count);
}
