import { expect, it } from 'vitest';
import { leaseEndUs, silenceOf } from '../../../../src/master/fleet/silence.ts';

const LIMITS = { lateAfterMs: 3000, lostAfterMs: 15_000 };

it.each([
  ['3 s after the last message', 3e6, undefined, false, undefined],
  ['a little later', 3_000_001, undefined, true, undefined],
  ['15 s after it', 15e6, undefined, true, undefined],
  ['a little later still', 15_000_001, undefined, true, 'silent for 15 s'],
  ['5 s after its connection closed', 7e6, 2e6, true, undefined],
  ['a little later than that', 7_000_001, 2e6, true, 'connection closed 5 s ago'],
  ['with both over', 16e6, 2e6, true, 'silent for 16 s'],
])('judges a worker %s', (_, nowUs, disconnectedUs, isLate, lostBecause) => {
  const heard = { lastHeardUs: 0, disconnectedUs, goneUs: undefined };
  expect(silenceOf(heard, LIMITS, nowUs)).toEqual({ isLate, lostBecause });
});

it.each([
  ['is silent: 15 s after the last message', undefined, undefined, 16e6],
  ['saw its connection close: 5 s after that', 2e6, undefined, 7e6],
  ['is gone: at that instant', 2e6, 3e6, 3e6],
])('ends the lease of a worker that %s', (_, disconnectedUs, goneUs, endUs) => {
  expect(leaseEndUs({ lastHeardUs: 1e6, disconnectedUs, goneUs }, LIMITS)).toBe(endUs);
});
