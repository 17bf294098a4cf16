import { ProtocolError } from '../base/errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { BUCKET_COUNT, bucketIndexOf, Histogram, octaveOf } from './histogram.ts';

/*
 * A histogram in bytes, all numbers varints; the size follows the number of distinct buckets:
 *
 *   count                          0: nothing follows
 *   min, max - min                 max = min: nothing follows, all values are equal
 *   sum - count * min
 *   for each bucket with values, ascending from that of min to that of max:
 *     2 * (index - previous - 1) + (n > 1 ? 1 : 0)      previous of the first: its own index - 1
 *     n - 2                                             only where n > 1
 */

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
  let previous = bucketIndexOf(minUs) - 1;
  histogram.forEachBucketIndex((index, inBucket) => {
    const gap = 2 * (index - previous - 1);
    if (inBucket === 1) {
      writer.varint(gap);
    } else {
      writer.varint(gap + 1);
      writer.varint(inBucket - 2);
    }
    previous = index;
  });
}

/** A histogram alone in bytes of its own. */
export function encodeHistogram(histogram: Histogram): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writeHistogram(writer, histogram);
  return writer.finish();
}

/** Reads what `writeHistogram` wrote; a `ProtocolError` where it cannot be one. */
export function readHistogram(reader: ByteReader): Histogram {
  const histogram = new Histogram();
  const start = reader.position;
  histogram.reserve(check(reader));
  reader.position = start;
  addTo(reader, histogram);
  return histogram;
}

/**
 * Adds an encoded histogram to `into` without making one in between. All or nothing: after a
 * `ProtocolError`, `into` is as it was.
 */
export function mergeEncoded(reader: ByteReader, into: Histogram): void {
  const start = reader.position;
  check(reader);
  reader.position = start;
  addTo(reader, into);
}

/** What stands before the buckets. */
interface Head {
  readonly count: number;
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
}

const EMPTY: Head = { count: 0, sumUs: 0, minUs: 0, maxUs: 0 };

function readHead(reader: ByteReader): Head {
  const count = reader.varint();
  if (count === 0) return EMPTY;
  const minUs = reader.varint();
  const spreadUs = reader.varint(Number.MAX_SAFE_INTEGER - minUs);
  const maxAboveUs = Math.min(spreadUs * count, Number.MAX_SAFE_INTEGER);
  const aboveMinUs = spreadUs === 0 ? 0 : reader.varint(maxAboveUs);
  return { count, sumUs: count * minUs + aboveMinUs, minUs, maxUs: minUs + spreadUs };
}

/** Reads past a histogram. @returns The number of octaves that it has values in. */
function check(reader: ByteReader): number {
  const { count, minUs, maxUs } = readHead(reader);
  if (minUs === maxUs) return count === 0 ? 0 : 1;
  const first = bucketIndexOf(minUs);
  const last = bucketIndexOf(maxUs);
  let index = first - 1;
  let octaves = 0;
  for (let left = count; left > 0; ) {
    const previous = index;
    const code = reader.varint(2 * BUCKET_COUNT);
    index += Math.floor(code / 2) + 1;
    if (index > last || (previous < first && index > first)) {
      throw new ProtocolError('A histogram has values outside its minimum and maximum');
    }
    left -= code % 2 === 0 ? 1 : 2 + reader.varint();
    if (left < 0) throw new ProtocolError('A histogram has more values than its count says');
    if (previous < first || octaveOf(previous) !== octaveOf(index)) octaves += 1;
  }
  if (index !== last) throw new ProtocolError('A histogram has no value at its maximum');
  return octaves;
}

/** Reads what `check` has found good. */
function addTo(reader: ByteReader, into: Histogram): void {
  const { count, sumUs, minUs, maxUs } = readHead(reader);
  if (count === 0) return;
  into.addSummary(count, sumUs, minUs, maxUs);
  let index = bucketIndexOf(minUs);
  if (minUs === maxUs) {
    into.addToBucket(index, count);
    return;
  }
  index -= 1;
  for (let left = count; left > 0; ) {
    const code = reader.varint();
    index += Math.floor(code / 2) + 1;
    const inBucket = code % 2 === 0 ? 1 : 2 + reader.varint();
    left -= inBucket;
    into.addToBucket(index, inBucket);
  }
}
