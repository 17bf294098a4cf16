import { ProtocolError } from '../../base/errors.ts';
import { BucketList } from '../bytes/bucket-list.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { BUCKET_COUNT, bucketIndexOf, Histogram } from '../histogram/histogram.ts';
import { ScannedHistogram } from './scanned-histogram.ts';

/*
 * A histogram in bytes, all numbers varints; the size follows the number of distinct buckets:
 *
 *   count                          0: nothing follows
 *   min, max - min                 max = min: nothing follows, all values are equal
 *   sum - count * min
 *   for each bucket with values, ascending from the bucket of min to the bucket of max:
 *     2 * (index - previous - 1) + (n > 1 ? 1 : 0)      previous of the first: its own index - 1
 *     n - 2                                             only where n > 1
 */

/** The largest code of a gap between two buckets. */
const MAX_CODE = 2 * BUCKET_COUNT;

/** Used again for every histogram that is read or written alone. */
const scratch = new ScannedHistogram(new BucketList());

/** Appends a histogram: 1 byte where it is empty, about 1.2 a bucket and 10 more otherwise. */
export function writeHistogram(writer: ByteWriter, histogram: Histogram): void {
  const { count, minUs, maxUs } = histogram;
  writer.varint(count);
  if (count === 0) return;
  const spreadUs = maxUs - minUs;
  writer.varint(minUs);
  writer.varint(spreadUs);
  if (spreadUs === 0) return;
  // Sums past 2^53 are rounded; the limits keep what is written within what a reader accepts.
  const aboveMinUs = Math.min(Math.max(histogram.sumUs - count * minUs, 0), spreadUs * count);
  writer.varint(Math.min(aboveMinUs, Number.MAX_SAFE_INTEGER));
  const { buckets } = scratch;
  buckets.clear();
  histogram.listBuckets(buckets);
  writeBuckets(writer, buckets, bucketIndexOf(minUs) - 1);
}

function writeBuckets(writer: ByteWriter, buckets: BucketList, before: number): void {
  const { indexes, counts, length } = buckets;
  let previous = before;
  for (let place = 0; place < length; place += 1) {
    const index = indexes[place] ?? 0;
    const inBucket = counts[place] ?? 0;
    const gap = 2 * (index - previous - 1);
    if (inBucket === 1) {
      writer.varint(gap);
    } else {
      writer.varint(gap + 1);
      writer.varint(inBucket - 2);
    }
    previous = index;
  }
}

const aloneWriter = new ByteWriter(8192);

/** A histogram alone in bytes of its own. */
export function encodeHistogram(histogram: Histogram): Uint8Array<ArrayBuffer> {
  aloneWriter.clear();
  writeHistogram(aloneWriter, histogram);
  return aloneWriter.finish();
}

/** Reads what `writeHistogram` wrote; a `ProtocolError` where it cannot be one. */
export function readHistogram(reader: ByteReader): Histogram {
  const histogram = new Histogram();
  mergeEncoded(reader, histogram);
  return histogram;
}

/**
 * Adds an encoded histogram to `into` without making one in between. All or nothing: after a
 * `ProtocolError`, `into` is as it was.
 */
export function mergeEncoded(reader: ByteReader, into: Histogram): void {
  scratch.buckets.clear();
  scanHistogram(reader, scratch);
  scratch.addTo(into);
}

/**
 * Reads what `writeHistogram` wrote into figures and a list of buckets.
 *
 * @param into - Its buckets are appended to its list.
 * @throws {ProtocolError} Where it cannot be a histogram; `into` is of no use then.
 */
export function scanHistogram(reader: ByteReader, into: ScannedHistogram): void {
  const { buckets } = into;
  const count = reader.varint();
  into.count = count;
  into.from = buckets.length;
  if (count > 0) scanValues(reader, count, into);
  into.to = buckets.length;
}

function scanValues(reader: ByteReader, count: number, into: ScannedHistogram): void {
  const minUs = reader.varint();
  const spreadUs = reader.varint(Number.MAX_SAFE_INTEGER - minUs);
  into.minUs = minUs;
  into.maxUs = minUs + spreadUs;
  into.sumUs = count * minUs;
  if (spreadUs === 0) {
    into.buckets.push(bucketIndexOf(minUs), count);
    return;
  }
  into.sumUs += reader.varint(Math.min(spreadUs * count, Number.MAX_SAFE_INTEGER));
  scanBuckets(reader, count, into);
}

function scanBuckets(reader: ByteReader, count: number, into: ScannedHistogram): void {
  const { buckets } = into;
  const last = bucketIndexOf(into.maxUs);
  let index = bucketIndexOf(into.minUs) - 1;
  buckets.reserve(Math.min(count, last - index));
  const { indexes, counts } = buckets;
  let place = buckets.length;
  // The minimum is in the first bucket, so there is no gap before it.
  let maxCode = 1;
  for (let left = count; left > 0; ) {
    const code = reader.varint(maxCode);
    maxCode = MAX_CODE;
    index += (code >>> 1) + 1;
    if (index > last) {
      throw new ProtocolError('A histogram has values outside its minimum and maximum');
    }
    const inBucket = (code & 1) === 0 ? 1 : 2 + reader.varint();
    left -= inBucket;
    if (left < 0) throw new ProtocolError('A histogram has more values than its count says');
    indexes[place] = index;
    counts[place] = inBucket;
    place += 1;
  }
  buckets.length = place;
  if (index !== last) throw new ProtocolError('A histogram has no value at its maximum');
}
