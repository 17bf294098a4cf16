import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../../../src/load/plan.ts';
import { DispatchedWorkers, type UserEvent } from '../../../support/dispatched-workers.ts';

const starts = ({ events }: DispatchedWorkers): UserEvent[] =>
  events.filter(({ what }) => what === 'start');
const stops = ({ events }: DispatchedWorkers): UserEvent[] =>
  events.filter(({ what }) => what === 'stop');
const users = (events: readonly UserEvent[]): number[] => events.map(({ user }) => user);

/** Smallest distance between two events that follow each other. */
function closest(events: readonly UserEvent[]): number {
  const times = events.map(({ atMs }) => atMs).sort((a, b) => a - b);
  return times.reduce(
    (least, atMs, index) => Math.min(least, index === 0 ? least : atMs - (times[index - 1] ?? 0)),
    Number.POSITIVE_INFINITY,
  );
}

describe('Dispatcher', () => {
  it('starts as the plan says: user k at k / rate, on the planned worker', () => {
    const classes = [
      { name: 'A', weight: 3, fixedCount: 0 },
      { name: 'B', weight: 1, fixedCount: 2 },
    ];
    const workers = ['w1', 'w2', 'w3'];
    const cluster = new DispatchedWorkers(20, 8, workers, classes);
    cluster.advance(10_000);
    const plan = buildPlan({ users: 20, spawnRate: 8, classes, workers });
    expect(starts(cluster)).toEqual(
      plan.starts.map(({ user, atSeconds, workerIndex }) => ({
        what: 'start',
        user,
        atMs: atSeconds * 1000,
        worker: workers[workerIndex],
      })),
    );
    expect(cluster.dispatcher.progress(10_000)).toEqual({ wanted: 20, isSettled: true });
  });

  it('adds users behind the ramp that is under way, a step apart', () => {
    const cluster = new DispatchedWorkers(10, 10, ['w1', 'w2']);
    cluster.advance(500);
    cluster.setTarget(15, 10);
    cluster.advance(5000);
    expect(users(starts(cluster))).toEqual(Array.from({ length: 15 }, (_, user) => user));
    expect(closest(starts(cluster))).toBeCloseTo(100, 6);
    expect(starts(cluster).at(-1)?.atMs).toBeCloseTo(1400, 6);
  });

  it('calls off what has not started, and stops the newest first, a step apart', () => {
    const cluster = new DispatchedWorkers(20, 10, ['w1', 'w2']);
    cluster.advance(950);
    cluster.setTarget(4, 10);
    cluster.advance(5000);
    expect(users(starts(cluster))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(users(stops(cluster))).toEqual([9, 8, 7, 6, 5, 4]);
    expect(closest(stops(cluster))).toBeCloseTo(100, 6);
    expect(cluster.running).toEqual([0, 1, 2, 3]);
  });

  it('keeps the distance of stops from one key press to the next', () => {
    const cluster = new DispatchedWorkers(10, 10, ['w1']);
    cluster.advance(2000);
    for (let target = 9; target >= 5; target -= 1) {
      cluster.setTarget(target, 10);
      cluster.advance(20);
    }
    cluster.advance(2000);
    expect(users(stops(cluster))).toEqual([9, 8, 7, 6, 5]);
    expect(closest(stops(cluster))).toBeCloseTo(100, 6);
  });

  it('lets users go on whose stop was not due yet, and stops at once when told to again', () => {
    const cluster = new DispatchedWorkers(10, 1000, ['w1', 'w2']);
    cluster.advance(1000);
    cluster.setTarget(0, 2);
    cluster.advance(1100);
    expect(users(stops(cluster))).toEqual([9, 8, 7]);
    cluster.setTarget(7, 2);
    cluster.advance(10_000);
    expect(cluster.running).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(starts(cluster)).toHaveLength(10);
    cluster.setTarget(6, 2);
    cluster.advance(10);
    expect(cluster.running).toHaveLength(6);
  });

  it('starts a user again under a new incarnation only when its end was reported', () => {
    const cluster = new DispatchedWorkers(3, 1000, ['w1']);
    cluster.advance(1000);
    cluster.setTarget(2, 1000);
    cluster.advance(100, false);
    cluster.setTarget(3, 1000);
    cluster.advance(1000, false);
    expect(starts(cluster)).toHaveLength(3);
    cluster.endStopping();
    cluster.advance(1000);
    expect(users(starts(cluster))).toEqual([0, 1, 2, 2]);
  });

  it('gives the rest of a ramp new times when the rate changes', () => {
    const cluster = new DispatchedWorkers(30, 10, ['w1', 'w2']);
    cluster.advance(1000);
    cluster.setTarget(30, 2);
    cluster.advance(60_000);
    const late = starts(cluster).filter(({ atMs }) => atMs > 1060);
    expect(closest(late)).toBeCloseTo(500, 6);
    expect(users(starts(cluster))).toEqual(Array.from({ length: 30 }, (_, user) => user));
  });

  it('gives the rest of a ramp-down new times when the rate changes', () => {
    const cluster = new DispatchedWorkers(10, 1000, ['w1']);
    cluster.advance(1000);
    cluster.setTarget(0, 1);
    cluster.advance(2100);
    cluster.setTarget(0, 100);
    cluster.advance(200);
    expect(users(stops(cluster))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(closest(stops(cluster))).toBeGreaterThanOrEqual(9.999);
  });

  it('starts the users of a lost worker on the others, those that were still to come at their time', () => {
    const cluster = new DispatchedWorkers(20, 10, ['w1', 'w2']);
    cluster.advance(1000);
    const running = cluster.workers.get('w2')?.running.size ?? 0;
    cluster.lose('w2');
    cluster.advance(10_000);
    expect(cluster.spread).toEqual({ w1: 20 });
    expect(closest(starts(cluster))).toBeCloseTo(100, 6);
    const last = starts(cluster).at(-1)?.atMs ?? 0;
    expect(last).toBeCloseTo(1900 + running * 100, 6);
  });

  it('hands the users of a leaving worker over as each has ended', () => {
    const cluster = new DispatchedWorkers(9, 1000, ['w1', 'w2', 'w3']);
    cluster.advance(1000);
    cluster.leave('w3');
    cluster.advance(1000, false);
    expect(starts(cluster)).toHaveLength(9);
    cluster.endStopping();
    cluster.advance(1000);
    expect(cluster.spread).toEqual({ w1: 5, w2: 4 });
    expect(starts(cluster)).toHaveLength(12);
  });

  it('moves as few users as even out the totals when a worker joins, at the spawn rate', () => {
    const cluster = new DispatchedWorkers(12, 4, ['w1', 'w2']);
    cluster.advance(5000);
    cluster.add('w3');
    cluster.advance(10_000);
    expect(cluster.spread).toEqual({ w1: 4, w2: 4, w3: 4 });
    expect(stops(cluster)).toHaveLength(4);
    expect(closest(stops(cluster))).toBeCloseTo(250, 6);
  });

  it('counts moves that are under way when one more worker joins', () => {
    const cluster = new DispatchedWorkers(12, 2, ['w1']);
    cluster.advance(10_000);
    cluster.add('w2');
    cluster.advance(600);
    cluster.add('w3');
    cluster.advance(20_000);
    expect(cluster.spread).toEqual({ w1: 4, w2: 4, w3: 4 });
    expect(stops(cluster)).toHaveLength(8);
  });

  it('never starts a user again that ended by itself, and knows when all have', () => {
    const cluster = new DispatchedWorkers(4, 1000, ['w1', 'w2']);
    cluster.advance(1000);
    for (const user of [0, 1, 2]) cluster.retire(user);
    cluster.report();
    cluster.advance(1000);
    expect(cluster.running).toEqual([3]);
    expect(cluster.dispatcher.progress(2000)).toEqual({ wanted: 1, isSettled: true });
    expect(cluster.dispatcher.isExhausted).toBe(false);
    cluster.retire(3);
    cluster.report();
    expect(cluster.dispatcher.isExhausted).toBe(true);
  });

  it('does not take a target of 0 for the end of all users', () => {
    const cluster = new DispatchedWorkers(4, 1000, ['w1']);
    cluster.advance(1000);
    cluster.setTarget(0, 1000);
    cluster.advance(1000);
    expect(cluster.running).toEqual([]);
    expect(cluster.dispatcher.isExhausted).toBe(false);
    cluster.setTarget(2, 1000);
    cluster.advance(1000);
    expect(cluster.running).toEqual([0, 1]);
  });

  it('changes the users of one class alone where that has a level of its own', () => {
    const classes = ['A', 'B'].map((name) => ({ name, weight: 1, fixedCount: 0 }));
    const cluster = new DispatchedWorkers(6, 10, ['w1', 'w2'], classes);
    cluster.advance(2000);
    cluster.setTarget(
      4,
      10,
      new Map([
        [0, 1],
        [1, 3],
      ]),
    );
    cluster.advance(2000);
    expect(users(stops(cluster))).toEqual([4, 2]);
    expect(cluster.running).toEqual([0, 1, 3, 5]);
    cluster.setTarget(
      6,
      10,
      new Map([
        [0, 1],
        [1, 5],
      ]),
    );
    cluster.advance(2000);
    expect(cluster.running).toEqual([0, 1, 3, 5, 7, 9]);
    expect(cluster.spread).toEqual({ w1: 3, w2: 3 });
    expect(closest(starts(cluster))).toBeCloseTo(100, 6);
    expect(cluster.dispatcher.progress(6000)).toEqual({ wanted: 6, isSettled: true });
  });

  it('waits for a worker when the last one is gone', () => {
    const cluster = new DispatchedWorkers(4, 1000, ['w1']);
    cluster.advance(1000);
    cluster.lose('w1');
    cluster.setTarget(5, 1000);
    cluster.advance(1000);
    cluster.add('w2');
    cluster.advance(1000);
    expect(cluster.spread).toEqual({ w2: 5 });
  });

  it('ignores reports of an earlier holder or an earlier start', () => {
    const cluster = new DispatchedWorkers(2, 1000, ['w1', 'w2']);
    cluster.advance(1000);
    const count = cluster.orderCount;
    cluster.dispatcher.ended('w9', 0, 0, 'stopped', 1000);
    cluster.dispatcher.ended('w1', 0, 7, 'stopped', 1000);
    cluster.dispatcher.ended('w1', 99, 0, 'stopped', 1000);
    cluster.dispatcher.settle(1000);
    expect(cluster.orderCount).toBe(count);
  });

  it('sends nothing for ends that leave no gap', () => {
    const cluster = new DispatchedWorkers(10, 1000, ['w1']);
    cluster.advance(1000);
    cluster.setTarget(1, 1000);
    const count = cluster.orderCount;
    cluster.advance(1000);
    expect(cluster.orderCount).toBe(count);
    expect(cluster.running).toEqual([0]);
  });
});
