import { describe, expect, it } from 'vitest';
import {
  changeAtSeconds,
  plannedUsersAt,
  rampProfile,
  settledAtSeconds,
  timeChanges,
} from '../../../src/load/ramp.ts';

describe('changeAtSeconds', () => {
  it('puts the fourth change from second 10 on, at 2/s, at 11.5 s', () => {
    expect(changeAtSeconds(10, 3, 2)).toBe(11.5);
  });
});

describe('timeChanges', () => {
  it('spaces 3 stops evenly in the given order', () => {
    const timed = timeChanges([{ user: 9 }, { user: 8 }, { user: 7 }], 5, 4);

    expect(timed).toEqual([
      { user: 9, atSeconds: 5 },
      { user: 8, atSeconds: 5.25 },
      { user: 7, atSeconds: 5.5 },
    ]);
  });
});

describe('plannedUsersAt', () => {
  it.each([
    { seconds: -1, users: 0 },
    { seconds: 0, users: 1 },
    { seconds: 0.09, users: 1 },
    { seconds: 0.1, users: 2 },
    { seconds: 5, users: 51 },
    { seconds: 9.9, users: 100 },
    { seconds: 1e9, users: 100 },
  ])('is $users at $seconds s of a ramp to 100 at 10/s', ({ seconds, users }) => {
    expect(plannedUsersAt(rampProfile(100, 10), seconds)).toBe(users);
  });

  it('counts a start at its very instant, for each of 1,000 starts at 7/s', () => {
    const ramp = rampProfile(1000, 7);
    const levels = Array.from({ length: 1000 }, (_, user) => plannedUsersAt(ramp, user / 7));

    expect(levels).toEqual(Array.from({ length: 1000 }, (_, user) => user + 1));
  });

  it.each([
    { seconds: 3, users: 7 },
    { seconds: 15.9, users: 20 },
    { seconds: 16, users: 19 },
    { seconds: 17, users: 14 },
    { seconds: 30, users: 5 },
  ])('is $users at $seconds s of 20 users at 2/s, then from 16 s on 5 users at 5/s', (expected) => {
    const profile = {
      steps: [
        { atSeconds: 0, users: 20, spawnRate: 2 },
        { atSeconds: 16, users: 5, spawnRate: 5 },
      ],
    };

    expect(plannedUsersAt(profile, expected.seconds)).toBe(expected.users);
  });

  it('goes on from the 4 users reached where a step begins in the middle of a ramp', () => {
    const profile = {
      steps: [
        { atSeconds: 0, users: 100, spawnRate: 2 },
        { atSeconds: 2, users: 0, spawnRate: 1 },
      ],
    };

    expect(plannedUsersAt(profile, 1.99)).toBe(4);
    expect(plannedUsersAt(profile, 2)).toBe(3);
    expect(plannedUsersAt(profile, 5)).toBe(0);
  });

  it('holds at once where the rate is 1e300', () => {
    expect(plannedUsersAt(rampProfile(1_000_000, 1e300), 1)).toBe(1_000_000);
  });
});

describe('settledAtSeconds', () => {
  it('is 9.9 s for 100 users at 10/s', () => {
    expect(settledAtSeconds(rampProfile(100, 10))).toBe(9.9);
  });

  it('counts the last step from the level that it starts at', () => {
    const first = { atSeconds: 0, users: 100, spawnRate: 2 };

    const down = settledAtSeconds({ steps: [first, { atSeconds: 2, users: 0, spawnRate: 1 }] });
    const kept = settledAtSeconds({ steps: [first, { atSeconds: 2, users: 4, spawnRate: 1 }] });

    expect(down).toBe(5);
    expect(kept).toBe(2);
  });

  it('is 0 for a profile without steps', () => {
    expect(settledAtSeconds({ steps: [] })).toBe(0);
  });
});
