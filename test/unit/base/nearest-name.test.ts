import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/base/nearest-name.ts';

describe('nearestName', () => {
  const names = ['users', 'spawn-rate', 'run-time', 'csv', 'csv-full-history'];

  it.each([
    ['usres', 'users'],
    ['user', 'users'],
    ['--USERS', 'users'],
    ['spawn_rate', 'spawn-rate'],
    ['runtime', 'run-time'],
    ['cvs', 'csv'],
    ['spawn', 'spawn-rate'],
  ])('takes %s for %s', (given, meant) => {
    expect(nearestName(given, names)).toBe(meant);
  });

  it.each(['', 'x', 'banana', '🦗'])('finds nothing near %j', (given) => {
    expect(nearestName(given, names)).toBeUndefined();
  });

  it('compares only the beginning of a name of a million characters', () => {
    expect(nearestName('u'.repeat(1_000_000), names)).toBeUndefined();
  });
});
