import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../src/base/random.ts';
import { Histogram } from '../../../../src/stats/histogram/histogram.ts';
import { plainHistogram } from '../../../unit/stats/sample-intervals.ts';

const HOUR_US = 3_600_000_000;
const QUANTILES = [0, 0.001, 0.01, 0.25, 0.5, 0.66, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];

function histogramOf(valuesUs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const valueUs of valuesUs) histogram.record(valueUs);
  return histogram;
}

/** Every percentile within 0.5 % of the sorted sample's, the ends and sums exact. */
function expectTrue(valuesUs: readonly number[]): void {
  const sorted = [...valuesUs].sort((a, b) => a - b);
  const histogram = histogramOf(valuesUs);
  const percentiles = histogram.percentilesUs(QUANTILES);

  QUANTILES.forEach((quantile, index) => {
    const exact = Number(sorted[Math.max(0, Math.ceil(quantile * sorted.length - 1e-9) - 1)]);
    const error = Math.abs(Number(percentiles[index]) - exact);
    expect(error, `${quantile} of ${sorted.length}`).toBeLessThanOrEqual(0.005 * exact);
  });
  expect(histogram.count).toBe(sorted.length);
  expect(histogram.sumUs).toBe(sorted.reduce((sum, value) => sum + value, 0));
  expect(histogram.minUs).toBe(sorted[0]);
  expect(histogram.maxUs).toBe(sorted.at(-1));
}

const anyValue = fc.oneof(
  fc.nat({ max: 300 }),
  fc.integer({ min: 0, max: HOUR_US }),
  fc
    .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: -1, max: 1 }))
    .map(([exponent, step]) => Math.max(0, 2 ** exponent + step)),
);
const anyValues = fc.array(anyValue, { minLength: 1, maxLength: 200 });

describe('Histogram against the sorted sample', () => {
  const random = new SeededRandom(1);
  const uniform = () => 1 - random.next();

  it.each<[string, number[]]>([
    ['constant', new Array(1000).fill(123_457)],
    ['zeros', new Array(100).fill(0)],
    ['one hour', [HOUR_US, HOUR_US - 1, HOUR_US]],
    ['two points far apart', [...new Array(500).fill(1), ...new Array(500).fill(HOUR_US)]],
    ['powers of two ± 1', Array.from({ length: 96 }, (_, i) => 2 ** (i >> 2) + (i % 3) - 1)],
    ['Pareto tail', Array.from({ length: 5000 }, () => Math.floor(100 / uniform() ** 1.5))],
    ['uniform to 1 h', Array.from({ length: 5000 }, () => Math.floor(uniform() * HOUR_US))],
    ['ends of buckets', Array.from({ length: 500 }, (_, i) => (128 + (i % 128)) * 2 ** (i % 24))],
    [
      'last of buckets',
      Array.from({ length: 500 }, (_, i) => (129 + (i % 127)) * 2 ** (i % 24) - 1),
    ],
  ])('is within 0.5 %%: %s', (_, valuesUs) => {
    expectTrue(valuesUs);
  });

  it('is within 0.5 % whatever the values', () => {
    fc.assert(fc.property(anyValues, expectTrue), { numRuns: 200 });
  });
});

describe('Histogram against hdr-histogram-js', () => {
  it.each([0.3, 1, 2])('agrees within 0.6 %% on 10,000 log-normal values of sigma %d', (sigma) => {
    const random = new SeededRandom(7);
    const oracle = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: 2 ** 40,
      numberOfSignificantValueDigits: 3,
    });
    const histogram = new Histogram();

    for (let count = 0; count < 10_000; count += 1) {
      const normal =
        Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
      const valueUs = Math.round(100_000 * Math.exp(sigma * normal));
      histogram.record(valueUs);
      oracle.recordValue(valueUs);
    }

    expect(histogram.count).toBe(oracle.totalCount);
    for (const quantile of [0.1, 0.5, 0.9, 0.95, 0.99, 0.999]) {
      const expected = oracle.getValueAtPercentile(100 * quantile);
      const error = Math.abs(Number(histogram.percentileUs(quantile)) - expected);
      expect(error / expected).toBeLessThan(0.006);
    }
    expect(Math.abs(Number(histogram.meanUs) - oracle.mean) / oracle.mean).toBeLessThan(0.002);
  });
});

describe('Merging', () => {
  it('equals recording everything in one, in any order and grouping', () => {
    fc.assert(
      fc.property(anyValues, anyValues, anyValues, (a, b, c) => {
        const expected = plainHistogram(histogramOf([...a, ...b, ...c]));

        const leftFirst = histogramOf(a);
        leftFirst.merge(histogramOf(b));
        leftFirst.merge(histogramOf(c));
        const rightFirst = histogramOf(c);
        rightFirst.merge(histogramOf(b));
        const reversed = new Histogram();
        reversed.merge(rightFirst);
        reversed.merge(histogramOf(a));

        expect(plainHistogram(leftFirst)).toEqual(expected);
        expect(plainHistogram(reversed)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('gives back the used memory clean after clear', () => {
    fc.assert(
      fc.property(anyValues, anyValues, (before, after) => {
        const histogram = histogramOf(before);
        histogram.clear();
        for (const valueUs of after) histogram.record(valueUs);

        expect(plainHistogram(histogram)).toEqual(plainHistogram(histogramOf(after)));
      }),
      { numRuns: 100 },
    );
  });

  it('never lets percentiles decrease from one quantile to the next', () => {
    fc.assert(
      fc.property(anyValues, (valuesUs) => {
        const percentiles = histogramOf(valuesUs).percentilesUs(QUANTILES).map(Number);

        expect(percentiles).toEqual([...percentiles].sort((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  });
});
