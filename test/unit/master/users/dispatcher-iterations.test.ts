import { beforeEach, describe, expect, it } from 'vitest';
import { IterationShares } from '../../../../src/load/iteration-shares.ts';
import { buildPlan } from '../../../../src/load/plan.ts';
import { ClassSequence } from '../../../../src/load/user-classes.ts';
import { Dispatcher } from '../../../../src/master/users/dispatcher.ts';
import type { WorkerOrders } from '../../../../src/master/users/order-sheet.ts';
import type { StartOrder } from '../../../../src/protocol/messages/master-messages.ts';

const CLASSES = [{ name: 'Shopper', weight: 1, fixedCount: 0 }];

let sent: { workerId: string; orders: WorkerOrders }[];

beforeEach(() => {
  sent = [];
});

/** A dispatcher whose users make `iterations` in all, on these workers. */
function begun(users: number, iterations: number, workers: readonly string[]): Dispatcher {
  const dispatcher = new Dispatcher({
    sequence: new ClassSequence(CLASSES),
    rebalance: true,
    orders: { send: (workerId, orders) => sent.push({ workerId, orders }) },
  });
  const plan = buildPlan({ users, spawnRate: 1000, classes: CLASSES, workers });
  dispatcher.begin(plan, workers, new IterationShares(iterations, users));
  return dispatcher;
}

/** The starts ordered since the last call, by user. */
function startsBy(): ReadonlyMap<number, StartOrder & { readonly workerId: string }> {
  const starts = sent.flatMap(({ workerId, orders }) =>
    orders.starts.map((order) => [order.user, { ...order, workerId }] as const),
  );
  sent = [];
  return new Map(starts);
}

describe('a run with a number of iterations', () => {
  it('gives each user its share, and none to users without one', () => {
    begun(4, 10, ['w1', 'w2']);

    expect([...startsBy().values()].map(({ iterations }) => iterations).sort()).toEqual([
      2, 2, 3, 3,
    ]);

    begun(4, 2, ['w1', 'w2']);

    expect([...startsBy().keys()].sort()).toEqual([0, 1]);
  });

  it('is over when all users have made theirs', () => {
    const dispatcher = begun(2, 5, ['w1', 'w2']);
    const starts = startsBy();

    dispatcher.ended(starts.get(0)?.workerId ?? '', 0, 0, 'stop-user', 100, 3);
    expect([dispatcher.isExhausted, dispatcher.areIterationsMade]).toEqual([false, false]);
    dispatcher.ended(starts.get(1)?.workerId ?? '', 1, 0, 'stop-user', 100, 2);

    expect([dispatcher.isExhausted, dispatcher.areIterationsMade]).toEqual([true, true]);
  });

  it('has a moved user make only what is left of its share', () => {
    const dispatcher = begun(2, 20, ['w1', 'w2']);
    const holder = startsBy().get(0)?.workerId ?? '';

    dispatcher.removeWorker(holder, false, 1000);
    dispatcher.ended(holder, 0, 0, 'stopped', 1100, 7);
    dispatcher.settle(1100);

    expect(startsBy().get(0)).toMatchObject({ incarnation: 1, iterations: 3 });
    expect(dispatcher.areIterationsMade).toBe(false);
  });

  it('does not start a user again that was moved after its last iteration', () => {
    const dispatcher = begun(2, 20, ['w1', 'w2']);
    const holder = startsBy().get(0)?.workerId ?? '';

    dispatcher.removeWorker(holder, false, 1000);
    dispatcher.ended(holder, 0, 0, 'stopped', 1100, 10);
    dispatcher.settle(1100);

    expect(startsBy().has(0)).toBe(false);
  });

  it('has the iterations of a lost worker made again, from its last report', () => {
    const dispatcher = begun(2, 20, ['w1', 'w2']);
    const holder = startsBy().get(0)?.workerId ?? '';

    dispatcher.removeWorker(holder, true, 1000);
    expect(startsBy().get(0)).toMatchObject({ incarnation: 1, iterations: 10 });
    dispatcher.ended(holder, 0, 0, 'stopped', 1100, 9);

    expect(dispatcher.areIterationsMade).toBe(false);
  });

  it('gives users that are added later nothing to do', () => {
    const dispatcher = begun(2, 20, ['w1', 'w2']);
    startsBy();

    dispatcher.setTarget({ users: 5 }, 1000, 1000);

    expect([...startsBy().keys()]).toEqual([]);
    expect(dispatcher.progress(2000)).toEqual({ wanted: 2, isSettled: true });
  });

  it('is over without all of them where a user has stopped itself before', () => {
    const dispatcher = begun(1, 20, ['w1']);

    dispatcher.ended('w1', 0, 0, 'stop-user', 100, 4);

    expect([dispatcher.isExhausted, dispatcher.areIterationsMade]).toEqual([true, false]);
  });
});
