import type { BucketList } from '../bytes/bucket-list.ts';
import type { Histogram } from '../histogram/histogram.ts';
import type { Distribution } from './interval.ts';

/** A histogram as it was read from bytes: its figures, and where its buckets are in a shared list. */
export class ScannedHistogram implements Distribution {
  count = 0;
  sumUs = 0;
  minUs = 0;
  maxUs = 0;
  /** First of its buckets in `buckets`. */
  from = 0;
  /** Behind the last one. */
  to = 0;
  readonly buckets: BucketList;

  constructor(buckets: BucketList) {
    this.buckets = buckets;
  }

  /** Adds its values to a histogram. */
  addTo(into: Histogram): void {
    if (this.count === 0) return;
    const { indexes, counts } = this.buckets;
    into.addBuckets(indexes, counts, this.from, this.to);
    into.addSummary(this.count, this.sumUs, this.minUs, this.maxUs);
  }
}
