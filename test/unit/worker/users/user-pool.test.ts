import { describe, expect, it } from 'vitest';
import { SendFence } from '../../../../src/base/send-fence.ts';
import type { StartOrder } from '../../../../src/protocol/messages/master-messages.ts';
import type { UserEndReason } from '../../../../src/protocol/messages/worker-messages.ts';
import { type EndedUser, UserPool } from '../../../../src/worker/users/user-pool.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A user that does what a test says. */
interface Puppet {
  readonly order: StartOrder;
  readonly end: (reason: UserEndReason) => void;
  readonly told: string[];
}

interface Bench {
  readonly clock: FakeClock;
  readonly pool: UserPool;
  readonly puppets: Puppet[];
  readonly reports: (readonly EndedUser[])[];
  empties: number;
  /** When each user was to start. */
  readonly duesUs: number[];
}

function createBench(knowsClass = true): Bench {
  const clock = new FakeClock();
  const puppets: Puppet[] = [];
  const reports: (readonly EndedUser[])[] = [];
  const pool = new UserPool(clock, new SendFence(clock), {
    createUser: (order) => {
      if (!knowsClass) return undefined;
      const ended = Promise.withResolvers<UserEndReason>();
      const told: string[] = [];
      puppets.push({ order, told, end: ended.resolve });
      return {
        run: (dueUs) => {
          bench.duesUs.push(dueUs);
          return ended.promise;
        },
        stop: () => told.push('stop'),
        cut: () => {
          told.push('cut');
          ended.resolve('cut');
        },
      };
    },
    usersEnded: (users) => reports.push(users),
    usersGone: () => {
      bench.empties += 1;
    },
  });
  const bench: Bench = { clock, pool, puppets, reports, empties: 0, duesUs: [] };
  pool.begin(clock.nowUs());
  return bench;
}

const start = (user: number, incarnation = 0, atMs = 0): StartOrder => ({
  user,
  classIndex: 0,
  incarnation,
  atMs,
});

describe('UserPool, how many there were', () => {
  it('tells users when they were to start, also where the loop stood still then', async () => {
    const { clock, pool, duesUs } = createBench();
    const beganUs = clock.nowUs();
    pool.assign([start(0, 0, 500)], []);
    clock.block(2000);
    await clock.advance(1);

    expect(duesUs).toEqual([beganUs + 500_000]);
  });

  it('tells the most at once since it was last asked, also of users that have ended', async () => {
    const { clock, pool, puppets } = createBench();
    pool.assign([start(0), start(1), start(2)], []);
    await clock.advance(1);
    for (const { end } of puppets) end('stop-user');
    await clock.advance(1);

    expect([pool.running, pool.takePeak(), pool.takePeak()]).toEqual([0, 3, 0]);
  });

  it('leaves out 1 of 3 that was ordered away, since it may run elsewhere by then', async () => {
    const { clock, pool, puppets } = createBench();
    pool.assign([start(0), start(1), start(2)], []);
    await clock.advance(1);
    pool.assign([], [{ user: 1, incarnation: 0, atMs: 1 }]);
    await clock.advance(1);
    puppets.find(({ order }) => order.user === 1)?.end('stopped');
    await clock.advance(1);

    expect([pool.running, pool.takePeak()]).toEqual([2, 2]);
  });
});

describe('UserPool', () => {
  it('reports the ends of 20 ms together, and the last one at once', async () => {
    const { clock, pool, puppets, reports } = createBench();
    pool.assign([start(0), start(1), start(2)], []);
    await clock.advance(1);
    const userOf = (user: number) => puppets.find(({ order }) => order.user === user);
    userOf(0)?.end('stop-user');
    userOf(1)?.end('stopped');
    await clock.advance(19);
    expect(reports).toEqual([]);
    await clock.advance(2);
    expect(reports).toEqual([
      [
        { user: 0, incarnation: 0, reason: 'stop-user' },
        { user: 1, incarnation: 0, reason: 'stopped' },
      ],
    ]);
    userOf(2)?.end('start-failed');
    await clock.advance(0);
    expect(reports[1]).toEqual([{ user: 2, incarnation: 0, reason: 'start-failed' }]);
  });

  it('does not start a user a second time when its stop is taken back', async () => {
    const { clock, pool, puppets, reports } = createBench();
    pool.assign([start(0)], []);
    await clock.advance(10);
    pool.assign([], [{ user: 0, incarnation: 0, atMs: 500 }]);
    pool.assign([start(0)], []);
    await clock.advance(1000);
    expect(puppets).toHaveLength(1);
    expect(puppets[0]?.told).toEqual([]);
    expect(reports).toEqual([]);
    expect(pool.running).toBe(1);
  });

  it('does not start a user again whose end is on its way to the master', async () => {
    const { clock, pool, puppets, reports } = createBench();
    pool.assign([start(0)], []);
    await clock.advance(10);
    puppets[0]?.end('stop-user');
    pool.assign([start(0)], []);
    await clock.advance(1000);
    expect(puppets).toHaveLength(1);
    expect(reports.flat()).toHaveLength(1);
    pool.assign([start(0, 1)], []);
    await clock.advance(10);
    expect(puppets).toHaveLength(2);
  });

  it('reports a user that is called off before it started, once', async () => {
    const { clock, pool, puppets, reports } = createBench();
    pool.assign([start(0, 0, 800)], []);
    pool.assign([], [{ user: 0, incarnation: 0, atMs: 0 }]);
    await clock.advance(100);
    pool.assign([start(0)], []);
    await clock.advance(1000);
    expect(puppets).toEqual([]);
    expect(reports.flat()).toEqual([{ user: 0, incarnation: 0, reason: 'stopped' }]);
  });

  it('leaves a newer incarnation alone when an old stop comes', async () => {
    const { clock, pool, puppets, reports } = createBench();
    pool.assign([start(0)], []);
    await clock.advance(1);
    puppets[0]?.end('stopped');
    await clock.advance(50);
    pool.assign([start(0, 1)], []);
    await clock.advance(1);
    pool.assign([], [{ user: 0, incarnation: 0, atMs: 0 }]);
    await clock.advance(50);
    expect(puppets[1]?.told).toEqual([]);
    expect(reports.flat()).toHaveLength(1);
  });

  it('reports a user of a class that it does not know as failed, so that nobody tries again', async () => {
    const { clock, pool, reports } = createBench(false);
    pool.assign([start(0)], []);
    await clock.advance(50);
    expect(reports.flat()).toEqual([{ user: 0, incarnation: 0, reason: 'start-failed' }]);
  });

  it('stops all gracefully, starts no more, and says once that it is empty', async () => {
    const bench = createBench();
    const { clock, pool, puppets } = bench;
    pool.assign([start(0), start(1), start(2, 0, 500)], []);
    await clock.advance(10);
    pool.stop();
    pool.assign([start(3)], []);
    await clock.advance(1000);
    expect(puppets.map(({ told }) => told)).toEqual([['stop'], ['stop']]);
    for (const puppet of puppets) puppet.end('stopped');
    await clock.advance(0);
    expect([bench.empties, pool.running, pool.lastEndUs]).toEqual([1, 0, clock.nowUs()]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends 2,500 ends in messages of at most 1,000', async () => {
    const { clock, pool, puppets, reports } = createBench();
    pool.assign(
      Array.from({ length: 2500 }, (_, user) => start(user)),
      [],
    );
    await clock.advance(1);
    for (const puppet of puppets) puppet.end('stopped');
    await clock.advance(50);
    expect(reports.map((users) => users.length)).toEqual([1000, 1000, 500]);
  });

  it('ends: cuts all, reports nothing of them, and takes no order any more', async () => {
    const bench = createBench();
    const { clock, pool, puppets, reports } = bench;
    pool.assign([start(0)], []);
    await clock.advance(1);
    let isOver = false;
    void pool.end().then(() => {
      isOver = true;
    });
    await clock.advance(30);
    expect([isOver, bench.empties, pool.running]).toEqual([true, 0, 0]);
    expect([pool.takePeak(), pool.runningAt(clock.nowUs())]).toEqual([0, 0]);
    expect(puppets[0]?.told).toEqual(['stop', 'cut']);
    expect(reports).toEqual([]);
    pool.begin(clock.nowUs());
    pool.assign([start(1)], []);
    await clock.advance(1);
    expect(pool.running).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('UserPool, what it tells a master that does not know', () => {
  it('has every user that runs, is ordered, or was here', async () => {
    const { clock, pool, puppets } = createBench();
    pool.assign([start(0), start(1), start(2, 3), start(4, 0, 9000)], []);
    await clock.advance(10);
    puppets[1]?.end('stop-user');
    await clock.advance(10);
    pool.assign([], [{ user: 0, incarnation: 0, atMs: 4000 }]);
    pool.assign([start(5, 0, 8000)], []);
    pool.assign([], [{ user: 5, incarnation: 0, atMs: 5000 }]);
    pool.assign([], [{ user: 2, incarnation: 3, atMs: 15 }]);
    await clock.advance(10);

    expect(pool.holdings()).toEqual({
      held: [{ ...start(0), stopAtMs: 4000 }, { ...start(2, 3), stopAtMs: 15 }, start(4, 0, 9000)],
      spent: [
        { user: 1, incarnation: 0, isRetired: true },
        { user: 5, incarnation: 0, isRetired: false },
      ],
    });
    pool.dispose();
  });
});
