import { describe, expect, it } from 'vitest';
import {
  ClassSequence,
  classSequence,
  MAX_USERS,
  type PlanClass,
} from '../../../src/load/user-classes.ts';

function weighted(...weights: readonly number[]): PlanClass[] {
  return weights.map((weight, index) => ({ name: `C${index}`, weight, fixedCount: 0 }));
}

function letters(classes: readonly PlanClass[], count: number): string {
  return [...classSequence(classes, count)].map((index) => 'ABCDEFGH'[index]).join('');
}

function countsOf(sequence: Iterable<number>, classCount: number): number[] {
  const counts = new Array<number>(classCount).fill(0);
  for (const index of sequence) counts[index] = (counts[index] ?? 0) + 1;
  return counts;
}

describe('classSequence', () => {
  it.each([
    { weights: [1], count: 4, expected: 'AAAA' },
    { weights: [1, 1], count: 6, expected: 'ABABAB' },
    { weights: [3, 1], count: 8, expected: 'AABAAABA' },
    { weights: [0, 1], count: 3, expected: 'BBB' },
    { weights: [0.1, 0.3], count: 8, expected: 'BABBBABB' },
  ])('gives $expected for the weights $weights', ({ weights, count, expected }) => {
    expect(letters(weighted(...weights), count)).toBe(expected);
  });

  it('starts users of fixed counts first, interleaved 2 to 1 for counts 4 and 2', () => {
    const classes = [
      { name: 'A', weight: 1, fixedCount: 4 },
      { name: 'B', weight: 1, fixedCount: 2 },
      { name: 'C', weight: 1, fixedCount: 0 },
    ];

    expect(letters(classes, 9)).toBe('ABAABACCC');
  });

  it('lets a fixed count beat the weight of its class', () => {
    const classes = [
      { name: 'A', weight: 1000, fixedCount: 1 },
      { name: 'B', weight: 1, fixedCount: 0 },
    ];

    expect(letters(classes, 5)).toBe('ABBBB');
  });

  it('starts 3 of 10 users where the only class has a fixed count of 3', () => {
    expect(classSequence([{ name: 'A', weight: 1, fixedCount: 3 }], 10)).toHaveLength(3);
  });

  it('starts nobody where every weight is 0', () => {
    expect(classSequence(weighted(0, 0), 10)).toHaveLength(0);
  });

  it('keeps the shares of 1e9 and 0.1 exact: the small one comes once in 10,000,000,001 users', () => {
    expect(countsOf(classSequence(weighted(1e9, 0.1), 100_000), 2)).toEqual([100_000, 0]);
    expect(countsOf(classSequence(weighted(1e9, 1e4), 100_000), 2)).toEqual([99_999, 1]);
  });

  it('gives 1 in 3 users to each of three weights of 1e-300, and none to 1e-300 beside 1e300', () => {
    expect(countsOf(classSequence(weighted(1e-300, 1e-300, 1e-300), 999), 3)).toEqual([
      333, 333, 333,
    ]);
    expect(countsOf(classSequence(weighted(1e-300, 1e300), 1000), 2)).toEqual([0, 1000]);
  });
});

describe('ClassSequence', () => {
  it('gives the same class to user 5 whether asked first or after user 50,000', () => {
    const asked = new ClassSequence(weighted(7, 1, 50));
    const askedLater = new ClassSequence(weighted(7, 1, 50));
    askedLater.classOf(50_000);

    expect(askedLater.classOf(5)).toBe(asked.classOf(5));
  });

  it('knows that fixed counts of 2 and 3 leave room for 5 users, and a weight for a million', () => {
    const fixed = [2, 3].map((fixedCount) => ({ name: `${fixedCount}`, weight: 1, fixedCount }));

    expect(new ClassSequence(fixed).capacity).toBe(5);
    expect(new ClassSequence(fixed).classOf(5)).toBeUndefined();
    expect(new ClassSequence(weighted(1)).capacity).toBe(MAX_USERS);
  });

  it.each([-1, 1.5, Number.NaN, MAX_USERS])('refuses the user number %d', (user) => {
    expect(() => new ClassSequence(weighted(1)).classOf(user)).toThrow(/no user has number/);
  });
});
