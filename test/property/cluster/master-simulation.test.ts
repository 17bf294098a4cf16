import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/random.ts';
import { decodeInterval } from '../../../src/stats/interval/interval-codec.ts';
import { SimulatedCluster, type SimulationOptions } from '../../support/simulated-cluster.ts';

/** Seeds of each story; each is another network, other users and other moments. */
const SEEDS = 15;

interface Expected {
  readonly reason: string;
  /** Workers that cannot tell all that they did. */
  readonly isKilled?: boolean;
  /** Workers that may come when the run is over already, and are refused. */
  readonly mayBeLate?: boolean;
  /** The master may be gone after it has named the start, and before it has named the users. */
  readonly mayStartLate?: boolean;
}

/** Tells a story once for each seed; a failure names its seed. */
async function tell(
  options: Omit<SimulationOptions, 'seed'>,
  story: (cluster: SimulatedCluster, random: SeededRandom) => Promise<void>,
  expected: Expected,
): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const cluster = new SimulatedCluster({ ...options, seed });
    try {
      await story(cluster, new SeededRandom(seed, 99));
      const outcome = await cluster.finish();
      expect(outcome.stopReason).toBe(expected.reason);
      check(cluster, expected);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}\n${cluster.store.log.join('\n')}`, {
        cause: error,
      });
    }
  }
}

/** What holds after every story. */
function check(cluster: SimulatedCluster, { isKilled, mayBeLate, mayStartLate }: Expected): void {
  const { truth, store, clock, workers } = cluster;
  expect(truth.problems).toEqual([]);
  expect(store.problems).toEqual([]);
  expect(truth.peak).toBeLessThanOrEqual(cluster.snapshots.reduce(mostWanted, 0));
  const { sent, succeeded, failed, notSent, abandoned, redirected } = truth;
  const { unknown, inFlight, ...ledger } = cluster.ledger();
  if (isKilled !== true) {
    expect({ ...ledger, unknown }).toEqual({
      sent,
      succeeded,
      failed,
      notSent,
      abandoned,
      redirected,
      unknown: 0,
    });
    if (mayStartLate !== true) checkDuration(cluster);
  } else {
    expect(ledger.sent).toBeLessThanOrEqual(sent);
    // At most what the killed worker's users had begun since its last interval that arrived.
    expect(sent - ledger.sent + unknown).toBeLessThanOrEqual(200);
  }
  expect(inFlight).toBe(0);
  checkLevels(cluster);
  for (const worker of workers.filter((each) => !each.isKilled)) {
    expect(worker.end).toMatchObject({ message: 'the run is over' });
    if (mayBeLate !== true) expect(worker.end?.code).toBeUndefined();
  }
  expect(clock.pendingTimers).toBe(0);
}

function mostWanted(most: number, { users }: { users: { target: number } }): number {
  return Math.max(most, users.target);
}

/** The run lasted from the first start to the last end, give or take what the clocks are apart. */
function checkDuration({ truth, store, startUs }: SimulatedCluster): void {
  const seconds = ((truth.lastEndUs ?? startUs) - startUs) / 1e6;
  expect(Math.abs((store.end?.durationSeconds ?? 0) - seconds)).toBeLessThan(0.05);
}

/** The users that an interval tells are those that ran when it was cut. */
function checkLevels(cluster: SimulatedCluster): void {
  const nodes = new Map(cluster.workers.map(({ node }, index) => [`w${index + 1}`, node]));
  // Only where workers have joined in the order in which they were made is it known which is which.
  if (nodes.size > 1) return;
  for (const interval of cluster.store.intervals) {
    const { second, users } = decodeInterval(interval.payload);
    const atUs = cluster.startUs + (second + 1) * 1e6 + 2000;
    if (second < 0 || atUs > (cluster.truth.lastEndUs ?? 0)) continue;
    const { least, most } = cluster.truth.usersAround(nodes.get('w1') ?? '', atUs, 30_000);
    expect({ second, users, isReal: users >= least && users <= most, least, most }).toMatchObject({
      isReal: true,
    });
  }
}

/** Breaks connections at random moments, never for so long that a lease is lost. */
async function breakNow(cluster: SimulatedCluster, random: SeededRandom, times: number) {
  for (let left = times; left > 0; left -= 1) {
    await cluster.advance(random.next() * 900);
    const worker = cluster.worker(Math.floor(random.next() * cluster.workers.length));
    worker.network.breakAll(random.next() < 0.5 ? 0 : random.next() * 1500);
  }
}

describe('a simulated cluster', { timeout: 60_000 }, () => {
  it('stops at its run time with every request counted', async () => {
    await tell({ workers: 2, users: 9, spawnRate: 6, runTimeMs: 3000 }, async () => undefined, {
      reason: 'run-time',
    });
  });

  it('tells the users that really ran in every second', async () => {
    await tell(
      { workers: 1, users: 10, spawnRate: 4, runTimeMs: 4000 },
      async (cluster) => {
        await cluster.advance(3000);
        cluster.master.carryOut({ type: 'set-users', users: 3 });
      },
      { reason: 'run-time' },
    );
  });

  it('stops in the middle of the ramp, at any moment', async () => {
    await tell(
      { workers: 3, users: 30, spawnRate: 10, stopTimeoutMs: 100 },
      async (cluster, random) => {
        await cluster.advance(random.next() * 2500);
        cluster.master.stop('signal');
      },
      { reason: 'signal' },
    );
  });

  it('ends by force with what was cut counted as abandoned', async () => {
    await tell(
      {
        workers: 2,
        users: 12,
        spawnRate: 20,
        stopTimeoutMs: 10_000,
        behaviour: { maxRequestMs: 9000 },
      },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 1000);
        cluster.master.stop('signal');
        await cluster.advance(random.next() * 300);
        cluster.master.force();
      },
      { reason: 'signal' },
    );
  });

  it('ends when all users have ended by themselves', async () => {
    await tell(
      { workers: 2, users: 8, spawnRate: 8, behaviour: { iterations: 3 } },
      (cluster, random) => breakNow(cluster, random, 2),
      { reason: 'users-done' },
    );
  });

  it('ends when the script says so', async () => {
    await tell(
      { workers: 2, users: 8, spawnRate: 8, behaviour: { stopTestUser: 3 } },
      (cluster, random) => breakNow(cluster, random, 2),
      { reason: 'script' },
    );
  });

  it('follows live changes of users and rate', async () => {
    await tell(
      { workers: 3, users: 10, spawnRate: 10, runTimeMs: 8000 },
      async (cluster, random) => {
        for (let change = 0; change < 6; change += 1) {
          await cluster.advance(random.next() * 1200);
          const users = Math.floor(random.next() * 20);
          if (random.next() < 0.3) {
            cluster.master.carryOut({ type: 'set-spawn-rate', spawnRate: 2 + random.next() * 20 });
          } else cluster.master.carryOut({ type: 'set-users', users });
        }
      },
      { reason: 'run-time' },
    );
  });

  it('loses nothing when connections break, again and again', async () => {
    await tell(
      { workers: 2, users: 10, spawnRate: 8, runTimeMs: 4000 },
      (cluster, random) => breakNow(cluster, random, 8),
      { reason: 'run-time' },
    );
  });

  it('loses nothing when connections break while it stops', async () => {
    await tell(
      { workers: 2, users: 10, spawnRate: 20, stopTimeoutMs: 600 },
      async (cluster, random) => {
        await cluster.advance(1500);
        cluster.master.stop('control');
        for (let left = 4; left > 0; left -= 1) {
          await cluster.advance(random.next() * 150);
          cluster.worker(Math.floor(random.next() * 2)).network.breakAll(random.next() * 50);
        }
      },
      { reason: 'control' },
    );
  });

  it('goes on without a worker that was killed, and says what is unknown', async () => {
    await tell(
      { workers: 3, users: 9, spawnRate: 9, runTimeMs: 9000 },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 2000);
        cluster.worker(1).kill();
        for (const [user, node] of cluster.truth.running) {
          if (node === cluster.worker(1).node) cluster.truth.running.delete(user);
        }
      },
      { reason: 'run-time', isKilled: true },
    );
  });

  it('hands the users of a worker that leaves to the others', async () => {
    await tell(
      { workers: 3, users: 9, spawnRate: 9, runTimeMs: 5000 },
      async (cluster, random) => {
        await cluster.advance(600 + random.next() * 3000);
        if (random.next() < 0.3) cluster.worker(2).network.breakAll(random.next() * 1000);
        cluster.worker(2).agent.leave();
        if (random.next() < 0.5) await breakNow(cluster, random, 3);
      },
      { reason: 'run-time' },
    );
  });

  it('gives users to a worker that joins late', async () => {
    await tell(
      { workers: 2, users: 12, spawnRate: 12, runTimeMs: 5000 },
      async (cluster, random) => {
        await cluster.advance(600 + random.next() * 2000);
        cluster.addWorker();
        await cluster.advance(1000);
        if (random.next() < 0.5) await breakNow(cluster, random, 2);
      },
      { reason: 'run-time' },
    );
  });

  it('leaves users where they are when a worker joins, where it is not to rebalance', async () => {
    await tell(
      {
        workers: 2,
        users: 12,
        spawnRate: 12,
        runTimeMs: 6000,
        master: { rebalance: false },
      },
      async (cluster, random) => {
        await cluster.advance(1500 + random.next() * 1000);
        const late = cluster.addWorker();
        await cluster.advance(1500);
        expect(cluster.truth.starts).toHaveLength(12);
        cluster.master.carryOut({ type: 'set-users', users: 15 });
        await cluster.advance(1000);
        const news = cluster.truth.starts.slice(12);
        expect(news.map(({ node }) => node)).toEqual([late.node, late.node, late.node]);
      },
      { reason: 'run-time' },
    );
  });

  it('ends when its last worker is lost, at once or when nobody comes in time', async () => {
    for (const workerWaitMs of [0, 5000]) {
      await tell(
        { workers: 1, users: 4, spawnRate: 8, master: { workerWaitMs } },
        async (cluster) => {
          await cluster.advance(2000);
          cluster.worker(0).kill();
          await cluster.advance(5000 + workerWaitMs);
          expect(cluster.outcome).toBeUndefined();
          await cluster.advance(2500);
          expect(cluster.outcome?.error?.code).toBe('KAT_NO_WORKERS');
        },
        { reason: 'lost-workers', isKilled: true },
      );
    }
  });

  it('goes on with a worker that comes in time when all were lost', async () => {
    await tell(
      { workers: 1, users: 4, spawnRate: 8, runTimeMs: 20_000, master: { workerWaitMs: 5000 } },
      async (cluster, random) => {
        await cluster.advance(2000);
        cluster.worker(0).kill();
        await cluster.advance(6500 + random.next() * 3000);
        cluster.addWorker();
        await cluster.advance(2500);
        expect(cluster.truth.running.size).toBe(4);
      },
      { reason: 'run-time', isKilled: true },
    );
  });

  it('takes a worker back whose lease was lost, with all that it had measured', async () => {
    await tell(
      { workers: 2, users: 6, spawnRate: 6, runTimeMs: 18_000 },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 2000);
        cluster.worker(0).network.breakAll(5500 + random.next() * 3000);
      },
      { reason: 'run-time' },
    );
  });

  it('takes a leaving worker back only to get what it had measured', async () => {
    await tell(
      { workers: 2, users: 6, spawnRate: 6, runTimeMs: 18_000 },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 2000);
        cluster.worker(0).network.breakAll(5500 + random.next() * 3000);
        const leavesAfterMs = random.next() * 5000;
        await cluster.advance(leavesAfterMs);
        cluster.worker(0).agent.leave();
        await cluster.advance(12_000 - leavesAfterMs);
        // It does not wait for the run's end, nor work for it again.
        expect(cluster.worker(0).end).toBeDefined();
      },
      { reason: 'run-time' },
    );
  });

  it('ends in good order when it is stopped while workers join', async () => {
    await tell(
      { workers: 3, users: 6, spawnRate: 6, behaviour: { loadMs: 200 } },
      async (cluster, random) => {
        await cluster.advance(random.next() * 600);
        if (random.next() < 0.5) cluster.worker(0).network.breakAll(random.next() * 300);
        await cluster.advance(random.next() * 100);
        cluster.master.stop('signal');
      },
      { reason: 'signal', mayBeLate: true },
    );
  });

  it('sends a worker away that joins while it stops', async () => {
    await tell(
      { workers: 2, users: 6, spawnRate: 20, behaviour: { loadMs: 300, maxRequestMs: 2000 } },
      async (cluster, random) => {
        await cluster.advance(1500);
        cluster.addWorker();
        await cluster.advance(random.next() * 500);
        cluster.master.stop('signal');
      },
      { reason: 'signal' },
    );
  });

  it('loses nothing when its master is killed and started again, at any moment', async () => {
    await tell(
      { workers: 3, users: 12, spawnRate: 4, runTimeMs: 9000 },
      async (cluster, random) => {
        await cluster.advance(300 + random.next() * 6000);
        cluster.crashMaster();
        await cluster.advance(random.next() * 6000);
        cluster.resumeMaster();
        if (random.next() < 0.5) await breakNow(cluster, random, 3);
      },
      { reason: 'run-time' },
    );
  });

  it('loses nothing when its master is killed again and again', async () => {
    await tell(
      { workers: 2, users: 8, spawnRate: 6, runTimeMs: 12_000 },
      async (cluster, random) => {
        for (let left = 4; left > 0; left -= 1) {
          await cluster.advance(100 + random.next() * 2000);
          cluster.crashMaster();
          await cluster.advance(random.next() * 800);
          cluster.resumeMaster();
        }
      },
      { reason: 'run-time' },
    );
  });

  it('stops for its reason when its master is killed while it stops', async () => {
    await tell(
      {
        workers: 2,
        users: 10,
        spawnRate: 20,
        runTimeMs: 2500,
        stopTimeoutMs: 2000,
        behaviour: { maxRequestMs: 2500 },
      },
      async (cluster, random) => {
        await cluster.advance(2450 + random.next() * 1500);
        if (cluster.outcome !== undefined) return;
        cluster.crashMaster();
        await cluster.advance(random.next() * 4000);
        cluster.resumeMaster();
      },
      { reason: 'run-time' },
    );
  });

  it('ends when all users have ended, with a master that was started again', async () => {
    await tell(
      { workers: 2, users: 8, spawnRate: 8, behaviour: { iterations: 8 } },
      async (cluster, random) => {
        await cluster.advance(400 + random.next() * 1500);
        cluster.crashMaster();
        await cluster.advance(random.next() * 3000);
        cluster.resumeMaster();
      },
      { reason: 'users-done' },
    );
  });

  it('starts with the workers that come back where it was killed before it had started', async () => {
    await tell(
      { workers: 3, users: 9, spawnRate: 9, runTimeMs: 4000, behaviour: { loadMs: 400 } },
      async (cluster, random) => {
        await cluster.advance(random.next() * 600);
        cluster.crashMaster();
        await cluster.advance(random.next() * 2000);
        cluster.resumeMaster();
      },
      { reason: 'run-time', mayStartLate: true },
    );
  });

  it('goes on with the load that a person had asked for', async () => {
    await tell(
      { workers: 2, users: 10, spawnRate: 10, runTimeMs: 20_000 },
      async (cluster, random) => {
        await cluster.advance(1500 + random.next() * 500);
        const users = Math.floor(random.next() * 20);
        cluster.master.carryOut({ type: 'set-users', users });
        await cluster.advance(1200 + random.next() * 1000);
        cluster.crashMaster();
        await cluster.advance(random.next() * 3000);
        cluster.resumeMaster({ users });
        await cluster.advance(4000);
        expect(cluster.truth.running.size).toBe(users);
        cluster.master.carryOut({ type: 'set-users', users: 6 });
        await cluster.advance(2500);
        expect(cluster.truth.running.size).toBe(6);
      },
      { reason: 'run-time' },
    );
  });

  it('takes nobody back whose lease was lost before its master was killed', async () => {
    await tell(
      { workers: 2, users: 6, spawnRate: 6, runTimeMs: 20_000 },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 2000);
        cluster.worker(0).network.breakAll(9000 + random.next() * 3000);
        await cluster.advance(4500 + random.next() * 4000);
        cluster.crashMaster();
        await cluster.advance(random.next() * 2000);
        cluster.resumeMaster();
        await cluster.advance(7000);
        expect(cluster.truth.running.size).toBe(6);
      },
      { reason: 'run-time' },
    );
  });

  it('gets all that was measured when it comes back too late for the load', async () => {
    await tell(
      { workers: 2, users: 6, spawnRate: 6, runTimeMs: 90_000, config: { orphanTimeoutMs: 8000 } },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 2000);
        cluster.crashMaster();
        await cluster.advance(8000 + random.next() * 20_000);
        expect(cluster.truth.running.size).toBeLessThanOrEqual(6);
        await cluster.advance(2000);
        expect(cluster.truth.running.size).toBe(0);
        cluster.resumeMaster();
      },
      { reason: 'lost-workers' },
    );
  });

  it('leaves every interval with its workers when it never comes back', async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const random = new SeededRandom(seed, 99);
      const patience = {
        orphanTimeoutMs: 3000,
        rejoinTimeoutMs: random.next() < 0.5 ? 3000 : 9000,
      };
      const cluster = new SimulatedCluster({
        ...{ seed, workers: 2, users: 8, spawnRate: 8, config: patience },
        behaviour: { maxRequestMs: 900 },
      });
      await cluster.advance(1500 + random.next() * 4000);
      cluster.crashMaster();
      await cluster.advance(20_000);

      expect(cluster.workers.map(({ end }) => end?.code)).toEqual([
        'KAT_NO_MASTER',
        'KAT_NO_MASTER',
      ]);
      for (const { end } of cluster.workers) cluster.store.merge(end?.held);
      const { sent, succeeded, failed, notSent, abandoned, redirected } = cluster.truth;
      expect({ seed, ...cluster.ledger() }).toEqual({
        ...{ seed, sent, succeeded, failed, notSent, abandoned, redirected },
        unknown: 0,
        inFlight: 0,
      });
      expect(cluster.store.problems).toEqual([]);
      expect(cluster.clock.pendingTimers).toBe(0);
    }
  });

  it('goes on with fewer workers where one is gone with its master', async () => {
    await tell(
      { workers: 3, users: 9, spawnRate: 9, runTimeMs: 50_000 },
      async (cluster, random) => {
        await cluster.advance(1000 + random.next() * 2000);
        cluster.crashMaster();
        cluster.worker(1).kill();
        for (const [user, node] of cluster.truth.running) {
          if (node === cluster.worker(1).node) cluster.truth.running.delete(user);
        }
        await cluster.advance(random.next() * 3000);
        cluster.resumeMaster();
        await cluster.advance(29_000);
        // Until then the others' users may come back with their worker.
        expect(cluster.truth.running.size).toBeLessThan(9);
        await cluster.advance(6000);
        expect(cluster.truth.running.size).toBe(9);
      },
      { reason: 'run-time', isKilled: true },
    );
  });

  it('waits for a store that is later than the stop timeout', async () => {
    await tell(
      { workers: 2, users: 6, spawnRate: 20, runTimeMs: 1500, maxCommitMs: 15_000 },
      async () => undefined,
      { reason: 'run-time' },
    );
  });

  it('waits for a store that is late', async () => {
    await tell(
      { workers: 2, users: 8, spawnRate: 8, runTimeMs: 2500, maxCommitMs: 3000 },
      async (cluster, random) => {
        // A break at the very start would only make the first user late.
        while (cluster.truth.starts.length === 0) await cluster.advance(50);
        await breakNow(cluster, random, 2);
      },
      { reason: 'run-time' },
    );
  });
});
