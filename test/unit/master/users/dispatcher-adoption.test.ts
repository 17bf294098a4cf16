import { describe, expect, it } from 'vitest';
import { IterationShares } from '../../../../src/load/iteration-shares.ts';
import { buildPlan } from '../../../../src/load/plan.ts';
import { ClassSequence } from '../../../../src/load/user-classes.ts';
import { Dispatcher } from '../../../../src/master/users/dispatcher.ts';
import type { StartOrder, StopOrder } from '../../../../src/protocol/messages/master-messages.ts';
import type { HeldUser } from '../../../../src/protocol/messages/worker-messages.ts';

const CLASSES = [{ name: 'A', weight: 1, fixedCount: 0 }];

interface Bench {
  readonly dispatcher: Dispatcher;
  readonly starts: (StartOrder & { readonly worker: string })[];
  readonly stops: (StopOrder & { readonly worker: string })[];
}

/** A run of 4 users, one each second, that another master began, 2.5 s after its start. */
function createBench(shares?: IterationShares): Bench {
  const starts: Bench['starts'] = [];
  const stops: Bench['stops'] = [];
  const dispatcher = new Dispatcher({
    sequence: new ClassSequence(CLASSES),
    rebalance: true,
    orders: {
      send: (worker, orders) => {
        starts.push(...orders.starts.map((order) => ({ ...order, worker })));
        stops.push(...orders.stops.map((order) => ({ ...order, worker })));
      },
    },
  });
  const plan = buildPlan({ users: 4, spawnRate: 1, classes: CLASSES, workers: ['w1'] });
  dispatcher.resume(plan, 2500, shares);
  return { dispatcher, starts, stops };
}

function held(user: number, changes: Partial<HeldUser> = {}): HeldUser {
  return { user, classIndex: 0, incarnation: 0, atMs: user * 1000, ...changes };
}

describe('Dispatcher, with a run that another began', () => {
  it('orders nothing where the workers have every user', () => {
    const { dispatcher, starts, stops } = createBench();
    dispatcher.adopt('w1', { held: [held(0), held(2)], spent: [] }, true, 2500);
    dispatcher.adopt('w2', { held: [held(1), held(3)], spent: [] }, true, 2600);
    dispatcher.endAdoption(2600);

    expect([starts, stops]).toEqual([[], []]);
    expect(dispatcher.progress(2600)).toEqual({ wanted: 4, isSettled: false });
    expect(dispatcher.progress(3000)).toEqual({ wanted: 4, isSettled: true });
  });

  it('starts what nobody has as another incarnation, and only once all are there', () => {
    const { dispatcher, starts } = createBench();
    dispatcher.adopt('w1', { held: [held(0)], spent: [] }, true, 2500);
    dispatcher.removeWorker('w3', true, 2500);
    dispatcher.addWorker('w2', 2500);
    expect(starts).toEqual([]);

    dispatcher.endAdoption(20_000);

    const started = starts.map(({ user, incarnation }) => [user, incarnation]);
    expect(started.toSorted()).toEqual([
      [1, 1],
      [2, 1],
      [3, 0],
    ]);
    expect(starts.map(({ worker }) => worker).toSorted()).toEqual(['w1', 'w2', 'w2']);
  });

  it('lets a user go on under its newest incarnation alone', () => {
    const { dispatcher, starts, stops } = createBench();
    const all = [held(1), held(2), held(3)];
    dispatcher.adopt('w1', { held: [held(0), ...all], spent: [] }, true, 2500);
    dispatcher.adopt('w2', { held: [held(0, { incarnation: 1 })], spent: [] }, true, 2500);
    dispatcher.endAdoption(2500);

    expect(starts).toEqual([]);
    expect(stops).toMatchObject([{ worker: 'w1', user: 0, incarnation: 0 }]);
  });

  it('does not start again what has ended by itself, and ends with the last', () => {
    const { dispatcher, starts } = createBench();
    const spent = [0, 1, 2, 3].map((user) => ({ user, incarnation: 0, isRetired: true }));
    dispatcher.adopt('w1', { held: [], spent }, true, 2500);
    dispatcher.endAdoption(2500);

    expect(starts).toEqual([]);
    expect(dispatcher.isExhausted).toBe(true);
  });

  it('has the iterations made that are left', () => {
    const { dispatcher, starts } = createBench(new IterationShares(40, 4));
    const spent = [
      { user: 0, incarnation: 2, isRetired: false, iterations: 7 },
      { user: 1, incarnation: 0, isRetired: true, iterations: 10 },
      { user: 2, incarnation: 0, isRetired: false, iterations: 4 },
    ];
    const others = [held(2, { incarnation: 1, iterations: 6 }), held(3, { iterations: 10 })];
    dispatcher.adopt('w1', { held: others, spent }, true, 2500);
    dispatcher.endAdoption(2500);

    expect(starts).toMatchObject([{ user: 0, incarnation: 3, iterations: 3 }]);
    for (const [user, incarnation, made] of [
      [0, 3, 3],
      [2, 1, 6],
      [3, 0, 10],
    ] as const) {
      expect(dispatcher.areIterationsMade).toBe(false);
      dispatcher.ended('w1', user, incarnation, 'stop-user', 9000, made);
    }
    expect(dispatcher.areIterationsMade).toBe(true);
  });

  it('gives what a leaving worker has to the others when that has ended', () => {
    const { dispatcher, starts } = createBench();
    const all = [held(0), held(1), held(2), held(3)];
    dispatcher.adopt('w1', { held: all, spent: [] }, false, 4000);
    dispatcher.adopt('w2', { held: [], spent: [] }, true, 4000);
    dispatcher.endAdoption(4000);
    expect(starts).toEqual([]);

    dispatcher.ended('w1', 2, 0, 'stopped', 4200);
    dispatcher.settle(4200);

    expect(starts).toMatchObject([{ worker: 'w2', user: 2, incarnation: 1 }]);
  });
});
