import { describe, expect, it } from 'vitest';
import {
  BUCKET_COUNT,
  bucketIndexOf,
  bucketLowUs,
  Histogram,
} from '../../../../src/stats/histogram/histogram.ts';
import { plainHistogram } from '../sample-intervals.ts';

function histogramOf(...valuesUs: number[]): Histogram {
  const histogram = new Histogram();
  for (const valueUs of valuesUs) histogram.record(valueUs);
  return histogram;
}

describe('buckets', () => {
  it('hold single values up to 255 µs', () => {
    for (let valueUs = 0; valueUs < 256; valueUs += 1) {
      expect(bucketIndexOf(valueUs)).toBe(valueUs);
      expect(bucketLowUs(valueUs)).toBe(valueUs);
    }
  });

  it('follow each other without gap or overlap up to 2^40 µs', () => {
    for (let index = 0; index < BUCKET_COUNT; index += 1) {
      expect(bucketIndexOf(bucketLowUs(index))).toBe(index);
      expect(bucketIndexOf(bucketLowUs(index + 1) - 1)).toBe(index);
    }
    expect(bucketLowUs(BUCKET_COUNT)).toBe(2 ** 40);
  });
});

describe('Histogram', () => {
  it('has no figures while it is empty', () => {
    const histogram = new Histogram();

    expect(plainHistogram(histogram)).toEqual({
      count: 0,
      sumUs: 0,
      minUs: 0,
      maxUs: 0,
      buckets: [],
    });
    expect(histogram.meanUs).toBeNull();
    expect(histogram.percentilesUs([0, 0.5, 1])).toEqual([null, null, null]);
  });

  it('keeps count, sum, minimum, maximum and mean exactly', () => {
    const histogram = histogramOf(1_234_567, 3, 100_001);

    expect(histogram).toMatchObject({ count: 3, sumUs: 1_334_571, minUs: 3, maxUs: 1_234_567 });
    expect(histogram.meanUs).toBe(444_857);
  });

  it('gives a single value back exactly for every percentile', () => {
    expect(histogramOf(1_234_567).percentilesUs([0, 0.5, 0.99, 1])).toEqual(
      new Array(4).fill(1_234_567),
    );
  });

  it('gives the exact minimum at 0 and the exact maximum at 1', () => {
    const histogram = histogramOf(10_001, 20_003, 30_007, 1_000_003);

    expect(histogram.percentilesUs([1, 0])).toEqual([1_000_003, 10_001]);
  });

  it.each([
    [0.01, 1],
    [0.07, 7],
    [0.5, 50],
    [0.57, 57],
    [0.95, 95],
    [0.951, 96],
    [0.99, 99],
    [0.999, 100],
  ])('takes the nearest rank: of 1..100, %d is %d', (quantile, expected) => {
    const histogram = histogramOf(...Array.from({ length: 100 }, (_, index) => index + 1));

    expect(histogram.percentileUs(quantile)).toBe(expected);
  });

  it('answers several quantiles in any order as one by one', () => {
    const histogram = histogramOf(...Array.from({ length: 1000 }, (_, index) => index * 37));
    const quantiles = [0.99, 0.5, 1, 0, 0.5, 0.9];

    expect(histogram.percentilesUs(quantiles)).toEqual(
      quantiles.map((quantile) => histogram.percentileUs(quantile)),
    );
  });

  it('counts negative values and NaN as 0 and rounds fractions', () => {
    expect(plainHistogram(histogramOf(-5, Number.NaN, 0.4, 1.5))).toEqual({
      count: 4,
      sumUs: 2,
      minUs: 0,
      maxUs: 2,
      buckets: [
        [0, 1, 3],
        [2, 3, 1],
      ],
    });
  });

  it('counts values past 2^40 µs in the last bucket and keeps the maximum exact', () => {
    const histogram = histogramOf(2 ** 40, 2 ** 45 + 1);

    expect(histogram.maxUs).toBe(2 ** 45 + 1);
    expect(histogram.percentileUs(1)).toBe(2 ** 45 + 1);
    expect(plainHistogram(histogram)).toMatchObject({ buckets: [[2 ** 40 - 2 ** 32, 2 ** 40, 2]] });
  });

  it('counts more than 2^32 equal values without wrapping round', () => {
    const histogram = histogramOf(7);
    histogram.recordCount(5, 2 ** 32 - 1);
    const other = histogramOf(5, 900);

    histogram.recordCount(5, 2 ** 32);
    histogram.merge(other);
    histogram.record(70_000);

    expect(histogram.count).toBe(2 ** 33 + 3);
    expect(plainHistogram(histogram)).toMatchObject({
      buckets: [
        [5, 6, 2 ** 33],
        [7, 8, 1],
        [900, 904, 1],
        [69_632, 70_144, 1],
      ],
    });
  });

  it('is as new after clear', () => {
    const histogram = histogramOf(1, 1000, 1_000_000);

    histogram.clear();
    histogram.record(500);

    expect(plainHistogram(histogram)).toEqual(plainHistogram(histogramOf(500)));
  });

  it('does not share counts with its clone', () => {
    const histogram = histogramOf(1000);
    const copy = histogram.clone();

    copy.record(2000);

    expect(histogram.count).toBe(1);
    expect(plainHistogram(copy)).toEqual(plainHistogram(histogramOf(1000, 2000)));
  });

  it('leaves the merged one alone and takes an empty one', () => {
    const histogram = histogramOf(5);
    const other = histogramOf(500);

    histogram.merge(other);
    histogram.merge(new Histogram());

    expect(plainHistogram(other)).toEqual(plainHistogram(histogramOf(500)));
    expect(plainHistogram(histogram)).toEqual(plainHistogram(histogramOf(5, 500)));
  });

  it('ignores a count of 0', () => {
    const histogram = new Histogram();

    histogram.recordCount(100, 0);

    expect(histogram.count).toBe(0);
    expect(histogram.minUs).toBe(0);
  });
});
