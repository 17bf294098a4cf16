import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.ts';
import { buildPlan, planJson } from '../../../src/load/plan.ts';

const browser = { name: 'Browser', weight: 3, fixedCount: 0 };
const buyer = { name: 'Buyer', weight: 1, fixedCount: 0 };
const request = { users: 8, spawnRate: 4, classes: [browser, buyer], workers: ['w1', 'w2'] };

function problemsOf(change: Partial<typeof request>): string {
  try {
    buildPlan({ ...request, ...change });
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error instanceof Error ? error.message : '';
  }
  return 'none';
}

describe('buildPlan', () => {
  it('starts 8 users at 4/s every 250 ms', () => {
    const times = buildPlan(request).starts.map(({ atSeconds }) => atSeconds);

    expect(times).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]);
  });

  it('puts each of two equal classes on both of two workers', () => {
    const even = { ...buyer, name: 'Even' };
    const { starts } = buildPlan({ ...request, users: 4, classes: [buyer, even] });
    const pairs = starts.map(({ classIndex, workerIndex }) => `${classIndex}${workerIndex}`);

    expect(pairs.sort()).toEqual(['00', '01', '10', '11']);
  });

  it.each([
    { change: { users: 0 }, message: 'users must be a whole number of at least 1, not 0' },
    { change: { users: -5 }, message: 'users must be a whole number of at least 1, not -5' },
    { change: { users: 1.5 }, message: 'users must be a whole number of at least 1, not 1.5' },
    {
      change: { users: Number.NaN },
      message: 'users must be a whole number of at least 1, not NaN',
    },
    { change: { users: 1_000_001 }, message: 'users must be at most 1,000,000, not 1,000,001' },
    {
      change: { users: Number.POSITIVE_INFINITY },
      message: 'users must be at most 1,000,000, not Infinity',
    },
    { change: { spawnRate: 0 }, message: 'the spawn rate must be a number above 0, not 0' },
    { change: { spawnRate: -1 }, message: 'the spawn rate must be a number above 0, not -1' },
    {
      change: { spawnRate: Number.NaN },
      message: 'the spawn rate must be a number above 0, not NaN',
    },
    { change: { spawnRate: 1e-305 }, message: 'would never start' },
    { change: { classes: [] }, message: 'there is no user class' },
    { change: { workers: [] }, message: 'there is no worker' },
    { change: { workers: ['w1', 'w1'] }, message: 'two workers are called w1' },
    { change: { classes: [buyer, buyer] }, message: 'two user classes are called Buyer' },
    {
      change: { classes: [{ ...buyer, weight: -1 }] },
      message: 'the weight of Buyer must be a number of at least 0, not -1',
    },
    {
      change: { classes: [{ ...buyer, fixedCount: 2.5 }] },
      message: 'the fixedCount of Buyer must be a whole number from 0 to 1,000,000, not 2.5',
    },
  ])('refuses $change', ({ change, message }) => {
    expect(problemsOf(change)).toContain(message);
  });

  it('names 3 problems at once, a line each', () => {
    const message = problemsOf({ users: 0, spawnRate: 0, workers: [] });

    expect(message.split('\n')).toEqual([
      'no plan can be made:',
      '  users must be a whole number of at least 1, not 0',
      '  the spawn rate must be a number above 0, not 0',
      '  there is no worker',
    ]);
  });

  it('does not change its input', () => {
    const frozen = Object.freeze({
      ...request,
      classes: Object.freeze([Object.freeze(browser)]) as readonly (typeof browser)[],
    });

    expect(() => buildPlan(frozen)).not.toThrow();
  });
});

describe('planJson', () => {
  it('gives the schema katydid.plan/1 and nothing else', () => {
    const never = { name: 'Never', weight: 0, fixedCount: 0 };
    const plan = buildPlan({ ...request, users: 2, classes: [never, browser] });

    expect(JSON.parse(JSON.stringify(planJson(plan)))).toEqual({
      schema: 'katydid.plan/1',
      users: 2,
      spawnRate: 4,
      workers: ['w1', 'w2'],
      classes: { Never: 0, Browser: 2 },
      starts: [
        { at: 0, user: 0, class: 'Browser', worker: 'w1' },
        { at: 0.25, user: 1, class: 'Browser', worker: 'w2' },
      ],
    });
  });

  it('keeps the 100 users asked for where fixed counts start only 3', () => {
    const json = planJson(
      buildPlan({ ...request, users: 100, classes: [{ ...buyer, fixedCount: 3 }] }),
    );

    expect(json.users).toBe(100);
    expect(json.classes).toEqual({ Buyer: 3 });
    expect(json.starts).toHaveLength(3);
  });
});
