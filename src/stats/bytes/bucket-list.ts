/** Hot path of the master: filled and read for every histogram that a worker sends. */

/** Room to begin with: an interval of 100 names with 5 requests each. */
const FIRST_CAPACITY = 4096;
/** More than this is not kept for the next use. */
const KEPT_CAPACITY = 2 ** 17;

/** Buckets of many histograms one after the other, in two flat arrays that are used again and again. */
export class BucketList {
  /** For each bucket its index in a histogram. */
  indexes: Uint16Array = new Uint16Array(FIRST_CAPACITY);
  /** For each bucket the number of values in it. */
  counts: Float64Array = new Float64Array(FIRST_CAPACITY);
  /** Buckets in use. */
  length = 0;

  /** Appends a bucket. */
  push(index: number, count: number): void {
    const place = this.length;
    if (place === this.indexes.length) this.reserve(1);
    this.indexes[place] = index;
    this.counts[place] = count;
    this.length = place + 1;
  }

  /** Makes room for so many more, which may then be written directly. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.indexes.length) this.#resize(Math.max(needed, 2 * this.indexes.length));
  }

  /** Empties the list. */
  clear(): void {
    this.length = 0;
    if (this.indexes.length > KEPT_CAPACITY) this.#resize(FIRST_CAPACITY);
  }

  #resize(capacity: number): void {
    const { indexes, counts, length } = this;
    this.indexes = new Uint16Array(capacity);
    this.counts = new Float64Array(capacity);
    this.indexes.set(indexes.subarray(0, length));
    this.counts.set(counts.subarray(0, length));
  }
}
