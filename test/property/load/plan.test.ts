import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPlan, type Plan } from '../../../src/load/plan.ts';
import type { PlanClass } from '../../../src/load/user-classes.ts';

function classesOf(weights: readonly number[], fixedCounts: readonly number[] = []): PlanClass[] {
  return weights.map((weight, index) => ({
    name: `C${index}`,
    weight,
    fixedCount: fixedCounts[index] ?? 0,
  }));
}

function workerIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `w${index + 1}`);
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

function increment(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

/** The largest distance of a class from its exact share, over all prefixes; fixed counts come first. */
function worstShareError({ classes, starts }: Plan): number {
  const fixedTotal = classes.reduce((sum, { fixedCount }) => sum + fixedCount, 0);
  const isWeighted = classes.map(({ fixedCount }) => fixedCount === 0);
  const total = classes.reduce((sum, { weight }, i) => sum + (isWeighted[i] ? weight : 0), 0);
  const counts = classes.map(() => 0);
  let worst = 0;
  for (const [user, { classIndex }] of starts.entries()) {
    increment(counts, classIndex);
    const length = user + 1;
    for (const [index, { weight, fixedCount }] of classes.entries()) {
      const share = isWeighted[index]
        ? Math.max(0, length - fixedTotal) * (weight > 0 ? weight / total : 0)
        : Math.min(length, fixedTotal) * (fixedCount / fixedTotal);
      worst = Math.max(worst, Math.abs((counts[index] ?? 0) - share));
    }
  }
  return worst;
}

/** The largest differences between two workers over all prefixes: in all, and of one class. */
function worstSpreads({ classes, workers, starts }: Plan): { all: number; ofClass: number } {
  const all = workers.map(() => 0);
  const byClass = classes.map(() => workers.map(() => 0));
  const worst = { all: 0, ofClass: 0 };
  for (const { classIndex, workerIndex } of starts) {
    const ofClass = byClass[classIndex] ?? [];
    increment(all, workerIndex);
    increment(ofClass, workerIndex);
    worst.all = Math.max(worst.all, spread(all));
    worst.ofClass = Math.max(worst.ofClass, spread(ofClass));
  }
  return worst;
}

const HARD_WEIGHTS = [7, 1, 50, 1, 2, 50, 1, 5, 5, 1, 50];
const weight = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.constantFrom(0.1, 0.25, 1e9, 1e-9, 3.7),
);
const setting = fc.record({
  classes: fc
    .array(fc.record({ weight, fixedCount: fc.constantFrom(0, 0, 0, 1, 2, 17) }), {
      minLength: 1,
      maxLength: 8,
    })
    .map((list) => list.map((entry, index) => ({ name: `C${index}`, ...entry }))),
  users: fc.integer({ min: 1, max: 300 }),
  workers: fc.integer({ min: 1, max: 16 }).map(workerIds),
  spawnRate: fc.double({ min: 0.01, max: 1000, noNaN: true }),
});

describe('the plan, at every prefix', () => {
  it('keeps each class within one user of its exact share', () => {
    fc.assert(
      fc.property(setting, (request) => worstShareError(buildPlan(request)) < 1),
      {
        numRuns: 150,
      },
    );
  });

  it('keeps all workers within one user of each other, in all and for each class', () => {
    fc.assert(
      fc.property(setting, (request) => {
        const { all, ofClass } = worstSpreads(buildPlan(request));

        expect(all).toBeLessThanOrEqual(1);
        expect(ofClass).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    { weights: HARD_WEIGHTS, workers: 1 },
    { weights: HARD_WEIGHTS, workers: 7 },
    { weights: HARD_WEIGHTS, workers: 16 },
    { weights: [1, 2, 1], workers: 2 },
    { weights: [1, 1], workers: 2 },
    { weights: [1e9, 0.1, 1e9], workers: 3 },
  ])('holds both for the weights $weights on $workers workers over 5,000 users', (given) => {
    const plan = buildPlan({
      users: 5000,
      spawnRate: 1,
      classes: classesOf(given.weights),
      workers: workerIds(given.workers),
    });
    const { all, ofClass } = worstSpreads(plan);

    expect(worstShareError(plan)).toBeLessThan(1);
    expect(all).toBeLessThanOrEqual(1);
    expect(ofClass).toBeLessThanOrEqual(1);
  });

  it('stays within 1 − 1/(2n−2) of the shares of n weights, which is the best there is', () => {
    const plan = buildPlan({
      users: 5000,
      spawnRate: 1,
      classes: classesOf(HARD_WEIGHTS),
      workers: ['w1'],
    });

    expect(worstShareError(plan)).toBeLessThanOrEqual(1 - 1 / (2 * HARD_WEIGHTS.length - 2) + 1e-9);
  });
});

describe('the plan', () => {
  it('numbers users from 0 and starts user k at k / rate seconds', () => {
    fc.assert(
      fc.property(setting, (request) => {
        const { starts } = buildPlan(request);

        expect(starts.map(({ user }) => user)).toEqual([...starts.keys()]);
        expect(starts.map(({ atSeconds }) => atSeconds)).toEqual(
          starts.map(({ user }) => user / request.spawnRate),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('starts all users asked for where a class without a fixed count has a weight, else the fixed ones', () => {
    fc.assert(
      fc.property(setting, (request) => {
        const fixed = request.classes.reduce((sum, { fixedCount }) => sum + fixedCount, 0);
        const grows = request.classes.some((entry) => entry.fixedCount === 0 && entry.weight > 0);

        expect(buildPlan(request).starts).toHaveLength(
          grows ? request.users : Math.min(request.users, fixed),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the classes of the first users when there are more users', () => {
    fc.assert(
      fc.property(setting, fc.integer({ min: 1, max: 200 }), (request, more) => {
        const few = buildPlan(request).starts;
        const many = buildPlan({ ...request, users: request.users + more }).starts;

        expect(many.slice(0, few.length).map(({ classIndex }) => classIndex)).toEqual(
          few.map(({ classIndex }) => classIndex),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for the same request', () => {
    fc.assert(
      fc.property(setting, (request) => {
        expect(buildPlan(request)).toEqual(buildPlan(request));
      }),
      { numRuns: 20 },
    );
  });

  it('starts exactly each class level, evenly in time and over the workers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (counts, workerCount) => {
          const users = counts.reduce((sum, count) => sum + count, 0);
          fc.pre(users > 0);
          const plan = buildPlan({
            users,
            levels: new Map(counts.entries()),
            spawnRate: 4,
            classes: classesOf(counts.map((_, index) => index + 1)),
            workers: workerIds(workerCount),
          });
          const started = counts.map(
            (_, index) => plan.starts.filter(({ classIndex }) => classIndex === index).length,
          );
          expect(started).toEqual(counts);
          expect(plan.starts.map(({ atSeconds }) => atSeconds)).toEqual(
            Array.from({ length: users }, (_, index) => index / 4),
          );
          const numbers = plan.starts.map(({ user }) => user);
          expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
          const worst = worstSpreads(plan);
          expect(Math.max(worst.all, worst.ofClass)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
