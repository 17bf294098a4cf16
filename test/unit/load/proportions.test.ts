import { describe, expect, it } from 'vitest';
import { wholeProportions } from '../../../src/load/proportions.ts';

describe('wholeProportions', () => {
  it.each([
    { weights: [3, 1], limit: 100, expected: [3, 1] },
    { weights: [50, 100], limit: 100, expected: [1, 2] },
    { weights: [0.1, 0.2, 0.3], limit: 100, expected: [1, 2, 3] },
    { weights: [0, 2.5], limit: 100, expected: [0, 1] },
    { weights: [1e-7, 1e21], limit: Number.MAX_SAFE_INTEGER, expected: [0, 2 ** 53 - 1] },
    { weights: [1, 2], limit: 2, expected: [1, 1] },
    { weights: [10, 11, 79], limit: 10, expected: [1, 1, 8] },
  ])('gives $expected for $weights with sums of at most $limit', (given) => {
    expect(wholeProportions(given.weights, given.limit)).toEqual(given.expected);
  });

  it.each([[[0, 0]], [[]], [[-1, 2]], [[Number.NaN]]])('refuses %j', (weights) => {
    expect(() => wholeProportions(weights, 100)).toThrow(/weight/);
  });
});
