import { describe, expect, it } from 'vitest';
import { changeAtSeconds, Pace } from '../../../src/load/pacing.ts';

describe('changeAtSeconds', () => {
  it('puts the fourth change from second 10 on, at 2/s, at 11.5 s', () => {
    expect(changeAtSeconds(10, 3, 2)).toBe(11.5);
  });
});

describe('Pace', () => {
  it('spaces 3 stops evenly from the earliest instant on', () => {
    const pace = new Pace();
    expect([0, 1, 2].map(() => pace.next(5, 0.25))).toEqual([5, 5.25, 5.5]);
  });

  it('keeps the distance from what came before it', () => {
    expect(new Pace(900).next(950, 100)).toBe(1000);
    expect(new Pace(900).next(1200, 100)).toBe(1200);
  });

  it('says when the next one would be without taking that instant', () => {
    const pace = new Pace(0);
    expect([pace.peek(0, 10), pace.peek(0, 10), pace.next(0, 10), pace.peek(0, 10)]).toEqual([
      10, 10, 10, 20,
    ]);
  });

  it('goes on from the last instant at another step', () => {
    const pace = new Pace();
    expect([pace.next(0, 100), pace.next(0, 100), pace.next(0, 500)]).toEqual([0, 100, 600]);
  });
});
