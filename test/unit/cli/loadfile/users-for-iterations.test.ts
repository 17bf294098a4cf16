import { describe, expect, it } from 'vitest';
import {
  requireNoShape,
  usersForIterations,
} from '../../../../src/cli/loadfile/users-for-iterations.ts';

describe('usersForIterations', () => {
  it.each([
    [100, undefined, 100],
    [100, 1000, 100],
    [100, 100, 100],
    [100, 7, 7],
  ])('of %d users with %s iterations leaves %d', (users, iterations, expected) => {
    expect(usersForIterations({ users, iterations }).users).toBe(expected);
  });
});

describe('requireNoShape', () => {
  it('refuses a number of iterations beside a shape, and nothing else', () => {
    expect(() => requireNoShape(10, 'DoubleWave')).toThrow(
      "--iterations: the load file's shape DoubleWave says when the run ends",
    );
    expect(() => requireNoShape(undefined, 'DoubleWave')).not.toThrow();
    expect(() => requireNoShape(10, undefined)).not.toThrow();
  });
});
