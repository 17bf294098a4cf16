import { describe, expect, it } from 'vitest';
import { planShape } from '../../../src/load/shape-plan.ts';

const CLASSES = [
  { name: 'A', weight: 1, fixedCount: 0 },
  { name: 'B', weight: 1, fixedCount: 0 },
];
const level = (users: number, spawnRate: number, userClasses?: readonly string[]) => ({
  users,
  spawnRate,
  userClasses,
});

describe('planShape', () => {
  it('starts users at the rate of the second, and goes on in the next', () => {
    const { starts, users } = planShape({
      levels: [level(3, 2), level(3, 2)],
      classes: CLASSES,
      workers: ['w1'],
    });

    expect(users).toBe(3);
    expect(starts.map(({ atSeconds, user }) => [atSeconds, user])).toEqual([
      [0, 0],
      [0.5, 1],
      [1, 2],
    ]);
  });

  it('starts a user again that was stopped in between', () => {
    const { starts } = planShape({
      levels: [level(2, 10), level(1, 10), level(2, 10)],
      classes: CLASSES,
      workers: ['w1'],
    });

    expect(starts.map(({ atSeconds, user }) => [atSeconds, user])).toEqual([
      [0, 0],
      [0.1, 1],
      [2, 1],
    ]);
  });

  it('gives users only the classes that are wanted then', () => {
    const { starts } = planShape({
      levels: [level(2, 2, ['B']), level(4, 2)],
      classes: CLASSES,
      workers: ['w1', 'w2'],
    });

    expect(starts.map(({ classIndex }) => classIndex)).toEqual([1, 1, 0, 1]);
    expect(new Set(starts.map(({ workerIndex }) => workerIndex))).toEqual(new Set([0, 1]));
  });

  it('has no starts where nobody is wanted', () => {
    expect(planShape({ levels: [level(0, 1)], classes: CLASSES, workers: ['w1'] }).starts).toEqual(
      [],
    );
  });
});
