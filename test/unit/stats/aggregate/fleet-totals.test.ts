import { describe, expect, it } from 'vitest';
import { FleetTotals } from '../../../../src/stats/aggregate/fleet-totals.ts';
import { StagedInterval } from '../../../../src/stats/aggregate/staged-intervals.ts';
import { interval } from '../sample-intervals.ts';

/** Adds an interval with 10 users and so many exchanges on the wire. */
function report(fleet: FleetTotals, workerId: string, second: number, inFlight = 0): void {
  const staged = new StagedInterval(workerId, 1, interval(second));
  staged.inFlight = inFlight;
  fleet.of(workerId).add(staged);
}

describe('FleetTotals', () => {
  it('has nothing of a fleet that nobody has joined', () => {
    const fleet = new FleetTotals();

    expect(fleet.users).toBe(0);
    expect(fleet.onWire()).toEqual({ inFlight: 0, unknown: 0 });
    expect(fleet.reportedSecond(7)).toBe(7);
    expect(fleet.figures('w1', 7)).toBeUndefined();
  });

  it('adds the levels of its workers up, and waits for the last of them', () => {
    const fleet = new FleetTotals();
    report(fleet, 'w1', 5, 3);
    report(fleet, 'w2', 4, 1);

    expect(fleet.users).toBe(20);
    expect(fleet.onWire()).toEqual({ inFlight: 4, unknown: 0 });
    expect(fleet.reportedSecond(5)).toBe(4);
    expect(fleet.figures('w2', 5)).toMatchObject({ newestSecond: 4, users: 10 });
  });

  it('counts what a lost worker had on the wire as unknown, and waits for it no more', () => {
    const fleet = new FleetTotals();
    report(fleet, 'w1', 5, 3);
    report(fleet, 'w2', 4, 1);
    fleet.setLost('w2', true);

    expect(fleet.users).toBe(10);
    expect(fleet.onWire()).toEqual({ inFlight: 3, unknown: 1 });
    expect(fleet.reportedSecond(5)).toBe(5);

    fleet.setLost('w2', false);

    expect(fleet.users).toBe(20);
    expect(fleet.onWire()).toEqual({ inFlight: 4, unknown: 0 });
  });

  it('remembers that a worker is lost which has not reported yet', () => {
    const fleet = new FleetTotals();
    fleet.setLost('w1', true);
    report(fleet, 'w1', 2, 2);

    expect(fleet.users).toBe(0);
    expect(fleet.onWire()).toEqual({ inFlight: 0, unknown: 2 });
  });
});
