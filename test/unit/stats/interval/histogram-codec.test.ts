import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { ByteReader } from '../../../../src/stats/bytes/byte-reader.ts';
import { Histogram } from '../../../../src/stats/histogram/histogram.ts';
import {
  encodeHistogram,
  mergeEncoded,
  readHistogram,
} from '../../../../src/stats/interval/histogram-codec.ts';
import { plainHistogram } from '../sample-intervals.ts';

function histogramOf(...valuesUs: number[]): Histogram {
  const histogram = new Histogram();
  for (const valueUs of valuesUs) histogram.record(valueUs);
  return histogram;
}

const readerOf = (...values: number[]): ByteReader => new ByteReader(new Uint8Array(values));

describe('the histogram codec', () => {
  it('takes 1 byte for an empty histogram', () => {
    expect(encodeHistogram(new Histogram())).toEqual(new Uint8Array([0]));
  });

  it('takes 5 bytes for a single value of 100 ms', () => {
    expect(encodeHistogram(histogramOf(100_000))).toHaveLength(5);
  });

  it('takes about a byte for each of 10 scattered values, and 9 more', () => {
    const histogram = histogramOf(
      ...Array.from({ length: 10 }, (_, index) => 90_000 + 3000 * index),
    );

    expect(encodeHistogram(histogram).length).toBeLessThanOrEqual(20);
  });

  it('merges encoded histograms into one that has values already', () => {
    const into = histogramOf(5, 1_000_000);

    mergeEncoded(new ByteReader(encodeHistogram(histogramOf(7, 7, 90_000_000))), into);
    mergeEncoded(new ByteReader(encodeHistogram(new Histogram())), into);

    expect(plainHistogram(into)).toEqual(
      plainHistogram(histogramOf(5, 1_000_000, 7, 7, 90_000_000)),
    );
  });

  it('carries counts past 2^32 and values past 2^40', () => {
    const histogram = histogramOf(2 ** 45 + 3, 1);
    histogram.recordCount(1000, 2 ** 40);

    const decoded = readHistogram(new ByteReader(encodeHistogram(histogram)));

    expect(plainHistogram(decoded)).toEqual(plainHistogram(histogram));
  });

  it('reads back even where the sum is past what a number holds exactly', () => {
    const histogram = histogramOf(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER);
    histogram.recordCount(Number.MAX_SAFE_INTEGER, 1_000_001);

    const decoded = readHistogram(new ByteReader(encodeHistogram(histogram)));

    expect(decoded).toMatchObject({ count: histogram.count, maxUs: Number.MAX_SAFE_INTEGER });
  });

  it.each<[string, number[]]>([
    ['nothing', []],
    ['a maximum past 2^53', [2, 1, ...new Array(7).fill(255), 15]],
    ['a sum above count × maximum', [2, 10, 5, 11, 0, 8]],
    ['a bucket past the maximum', [2, 10, 5, 5, 0, 10]],
    ['a first bucket that is not that of the minimum', [2, 10, 5, 5, 2, 6]],
    ['no bucket of the maximum', [2, 10, 5, 5, 1, 0]],
    ['more values in buckets than its count', [2, 10, 5, 5, 0, 9, 5]],
    ['fewer buckets than its count needs', [3, 10, 5, 5, 0, 8]],
    ['one value with two ends', [1, 10, 5, 5, 0]],
    ['a bucket number beyond all buckets', [2, 10, 5, 5, 0, 255, 255, 255, 127]],
  ])('refuses %s, and leaves the target as it was', (_, encoded) => {
    const into = histogramOf(42);

    expect(() => readHistogram(readerOf(...encoded))).toThrow(ProtocolError);
    expect(() => mergeEncoded(readerOf(...encoded), into)).toThrow(ProtocolError);
    expect(plainHistogram(into)).toEqual(plainHistogram(histogramOf(42)));
  });
});
