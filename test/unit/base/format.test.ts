import { describe, expect, it } from 'vitest';
import {
  FAIL_CELL_WIDTH,
  formatAge,
  formatCount,
  formatDuration,
  formatFailCell,
  formatFailPercent,
  formatRate,
  formatRateCell,
  formatShare,
  formatTime,
  formatTimeCell,
  RATE_CELL_WIDTH,
  TIME_CELL_WIDTH,
} from '../../../src/base/format.ts';

const ODD_NUMBERS = [
  0,
  0.04,
  0.05,
  0.0499,
  0.94,
  9.94,
  9.95,
  9.99,
  10,
  99.94,
  99.95,
  100,
  999.4,
  999.5,
  9999.4,
  9999.5,
  10_000,
  99_949,
  99_950,
  999_949,
  999_950,
  1e6,
  1e9,
  1e12,
  1e15,
  1e18,
  1e21,
  1e300,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0.5,
  -3,
];

describe('formatTimeCell', () => {
  it.each([
    [null, '    -  '],
    [0, '    0  '],
    [0.04, '   <0.1'],
    [0.05, '    0.1'],
    [0.8, '    0.8'],
    [9.94, '    9.9'],
    [9.95, '   10  '],
    [48, '   48  '],
    [99.94, '  100  '],
    [999.5, '1,000  '],
    [1469, '1,469  '],
    [9999.4, '9,999  '],
    [9999.5, '  10.0s'],
    [12_300, '  12.3s'],
    [999_940, ' 999.9s'],
    [999_950, ' 1,000s'],
    [99_999_500, '>99999s'],
    [Number.NaN, '    -  '],
    [-1, '    -  '],
  ])('writes %s ms as "%s"', (ms, text) => {
    expect(formatTimeCell(ms)).toBe(text);
  });

  it('is 7 columns wide for every number', () => {
    for (const ms of ODD_NUMBERS) expect(formatTimeCell(ms)).toHaveLength(TIME_CELL_WIDTH);
  });
});

describe('formatTime', () => {
  it.each([
    [null, '-'],
    [0, '0 ms'],
    [0.0004, '<1 µs'],
    [0.031, '31 µs'],
    [0.0994, '99 µs'],
    [0.0995, '0.10 ms'],
    [0.38, '0.38 ms'],
    [9.994, '9.99 ms'],
    [9.996, '10.0 ms'],
    [12, '12.0 ms'],
    [99.96, '100 ms'],
    [432, '432 ms'],
    [999.4, '999 ms'],
    [999.5, '1.00 s'],
    [1220, '1.22 s'],
    [3_600_000, '3,600 s'],
    [Number.NaN, '-'],
    [Number.POSITIVE_INFINITY, '-'],
  ])('writes %s ms as "%s"', (ms, text) => {
    expect(formatTime(ms)).toBe(text);
  });

  it('writes microseconds with a u where the output must be ASCII', () => {
    expect(formatTime(0.031, 'u')).toBe('31 us');
  });
});

describe('formatRateCell', () => {
  it.each([
    [0, '    0  '],
    [0.04, '   <0.1'],
    [95, '   95.0'],
    [99.94, '   99.9'],
    [99.95, '  100  '],
    [341, '  341  '],
    [1197, '1,197  '],
    [9999.4, '9,999  '],
    [9999.5, '  10.0k'],
    [71_794, '  71.8k'],
    [999_949, ' 999.9k'],
    [999_950, '   1.0M'],
    [null, '    -  '],
  ])('writes %s a second as "%s"', (rate, text) => {
    expect(formatRateCell(rate)).toBe(text);
  });

  it('is 7 columns wide for every number', () => {
    for (const rate of ODD_NUMBERS) expect(formatRateCell(rate)).toHaveLength(RATE_CELL_WIDTH);
  });

  it('is what formatRate says, aligned', () => {
    for (const rate of ODD_NUMBERS) expect(formatRateCell(rate).trim()).toBe(formatRate(rate));
  });
});

describe('formatCount', () => {
  it.each([
    [0, 9, '0'],
    [44_842, 9, '44,842'],
    [9_999_999, 9, '9,999,999'],
    [10_000_000, 9, '10.00M'],
    [1_234_567, 5, '1.23M'],
    [123_456, 5, '123k'],
    [999_999_999, 5, '1.00G'],
    [Number.NaN, 5, '-'],
    [-1, 5, '-'],
  ])('writes %s in %s columns as "%s"', (count, width, text) => {
    expect(formatCount(count, width)).toBe(text);
  });

  it('is never wider than the 4 columns or more that it is given', () => {
    for (const count of ODD_NUMBERS) {
      for (const width of [4, 5, 7, 9]) {
        expect(formatCount(count, width).length).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('formatFailPercent', () => {
  it.each([
    [0, 0, '-'],
    [0, 10, '0'],
    [1, 1_000_000, '<0.01'],
    [5, 100_000, '0.01'],
    [11, 10_000, '0.11'],
    [9994, 100_000, '9.99'],
    [9995, 100_000, '10.0'],
    [279, 1000, '27.9'],
    [9994, 10_000, '99.9'],
    [9996, 10_000, '>99.9'],
    [999_999, 1_000_000, '>99.9'],
    [10, 10, '100'],
    [Number.NaN, 10, '-'],
    [-1, 10, '-'],
  ])('writes %s of %s as "%s"', (failed, total, text) => {
    expect(formatFailPercent(failed, total)).toBe(text);
  });

  it('never rounds to 0 or 100 where there was one of the other kind', () => {
    for (const total of [2, 1e3, 1e6, 1e12]) {
      expect(formatFailPercent(1, total)).not.toBe('0');
      expect(formatFailPercent(total - 1, total)).not.toBe('100');
    }
  });

  it('has its point in the same column of every cell', () => {
    expect(
      ['0', '0.11', '27.9', '100'].map((_, i) =>
        formatFailCell([0, 11, 2790, 10_000][i] ?? 0, 10_000),
      ),
    ).toEqual(['  0   ', '  0.11', ' 27.9 ', '100   ']);
  });

  it('is 6 columns wide for every pair of numbers', () => {
    for (const failed of ODD_NUMBERS) {
      for (const total of ODD_NUMBERS) {
        expect(formatFailCell(failed, total)).toHaveLength(FAIL_CELL_WIDTH);
      }
    }
  });
});

describe('formatShare', () => {
  it.each([
    [0.374, '37'],
    [1.04, '104'],
    [0, '0'],
    [50, '>999'],
    [null, '-'],
    [Number.NaN, '-'],
  ])('writes %s as "%s"', (ratio, text) => {
    expect(formatShare(ratio)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0:00'],
    [41_999, '0:41'],
    [60_000, '1:00'],
    [3_725_000, '1:02:05'],
    [-2000, '0:00'],
    [null, '-'],
    [Number.NaN, '-'],
  ])('writes %s ms as "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatAge', () => {
  it.each([
    [7900, '7 s'],
    [99_999, '99 s'],
    [100_000, '1 min'],
    [7_200_000, '2 h'],
    [-1, '0 s'],
  ])('writes %s ms as "%s"', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});
