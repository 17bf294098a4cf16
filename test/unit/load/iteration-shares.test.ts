import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IterationShares } from '../../../src/load/iteration-shares.ts';

describe('IterationShares', () => {
  it('gives 10 iterations to 3 users as 4, 3 and 3, and nothing to a fourth', () => {
    const shares = new IterationShares(10, 3);

    expect([0, 1, 2, 3].map((user) => shares.of(user))).toEqual([4, 3, 3, 0]);
  });

  it('gives 2 iterations to the first 2 of 5 users', () => {
    const shares = new IterationShares(2, 5);

    expect([0, 1, 2, 3, 4].map((user) => shares.of(user))).toEqual([1, 1, 0, 0, 0]);
  });

  it('always adds up to the whole, no two users differing by more than one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.integer({ min: 1, max: 2000 }),
        (total, users) => {
          const shares = new IterationShares(total, users);
          const all = Array.from({ length: users }, (_, user) => shares.of(user));

          expect(all.reduce((sum, share) => sum + share, 0)).toBe(total);
          expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 100 },
    );
  });
});
