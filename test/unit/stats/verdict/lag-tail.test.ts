import { expect, it } from 'vitest';
import { lagTailOf } from '../../../../src/stats/verdict/lag-tail.ts';

const LAG = { p50: 0.4, p95: 12, p99: 26 };

it.each([
  [100, { percentile: 'p99', ms: 26 }],
  [99, { percentile: 'p95', ms: 12 }],
  [19, { percentile: 'p50', ms: 0.4 }],
  [1, null],
  [0, null],
])('goes by what %i requests support', (samples, tail) => {
  expect(lagTailOf(samples, LAG)).toEqual(tail);
});

it('goes by nothing where nothing was measured', () => {
  expect(lagTailOf(0, { p50: null, p95: null, p99: null })).toBeNull();
});
