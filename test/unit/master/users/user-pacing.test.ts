import { describe, expect, it } from 'vitest';
import { UserPacing } from '../../../../src/master/users/user-pacing.ts';
import { createSlot, type UserSlot } from '../../../../src/master/users/user-slot.ts';

function slot(user: number, changes: Partial<UserSlot>): UserSlot {
  return { ...createSlot(user, 0, undefined), holder: 'w1', ...changes };
}

function pacingAt(ratePerSecond: number): UserPacing {
  const pacing = new UserPacing();
  pacing.ratePerSecond = ratePerSecond;
  return pacing;
}

describe('UserPacing', () => {
  it('puts further starts behind all that were ordered', () => {
    const pacing = pacingAt(10);
    const slots = [slot(0, { startsAtMs: 700 }), slot(1, { startsAtMs: 900 })];

    expect(pacing.startPace(slots).next(500, pacing.stepMs)).toBe(1000);
    expect(pacing.startPace(slots).next(2000, pacing.stepMs)).toBe(2000);
  });

  it('puts further stops behind the last paced one, though that is over and its user free', () => {
    const pacing = pacingAt(10);
    const stopped = slot(0, { stopsAtMs: 900, isStopPaced: true });
    pacing.noteStop(stopped, 950);
    const atOnce = slot(1, { stopsAtMs: 5000, isStopPaced: false });

    expect(pacing.stopPace([atOnce], 950).next(950, pacing.stepMs)).toBe(1000);
  });

  it('gives starts that are not due yet new times at a new rate, in the order of their numbers', () => {
    const pacing = pacingAt(2);
    const slots = [
      slot(2, { startsAtMs: 1300 }),
      slot(0, { startsAtMs: 1000 }),
      slot(1, { startsAtMs: 1200 }),
    ];
    const retimed = pacing.retimeStarts(slots, 1100);

    expect(retimed.map(({ user, startsAtMs }) => [user, startsAtMs])).toEqual([
      [1, 1500],
      [2, 2000],
    ]);
    expect(slots[1]?.startsAtMs).toBe(1000);
  });

  it('gives stops that are not due yet new times at a new rate, newest first', () => {
    const pacing = pacingAt(100);
    const paced = { isStopPaced: true };
    const slots = [
      slot(7, { stopsAtMs: 3000, ...paced }),
      slot(8, { stopsAtMs: 2000, ...paced }),
      slot(9, { stopsAtMs: 1000, ...paced }),
    ];
    const retimed = pacing.retimeStops(slots, 1100);

    expect(retimed.map(({ user, stopsAtMs }) => [user, stopsAtMs])).toEqual([
      [8, 1100],
      [7, 1110],
    ]);
  });
});
