import { KatydidError } from '../../src/base/errors.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { ControlCommand } from '../../src/protocol/messages/control-messages.ts';
import type { StopReason } from '../../src/store/record/run-record.ts';
import { SimulatedCluster, type SimulationOptions } from './simulated-cluster.ts';
import { problemsOf } from './simulation-check.ts';

/** What can happen to a cluster, each once and for a random while. */
type Fault = (cluster: SimulatedCluster, random: SeededRandom) => void;

const seconds = (random: SeededRandom, most: number): number => random.next() * most * 1000;

const anyWorker = (
  cluster: SimulatedCluster,
  random: SeededRandom,
): SimulatedCluster['workers'][number] =>
  cluster.worker(Math.floor(random.next() * cluster.workers.length));

/** What a person asks for; too late where the run stops. */
function order(cluster: SimulatedCluster, command: ControlCommand): void {
  try {
    cluster.master.carryOut(command);
  } catch (error) {
    if (!(error instanceof KatydidError)) throw error;
  }
}

const FAULTS = {
  blip: (cluster, random) => {
    anyWorker(cluster, random).network.breakAll(0);
  },
  break: (cluster, random) => {
    const isBrief = random.next() < 0.6;
    anyWorker(cluster, random).network.breakAll(isBrief ? 0 : seconds(random, 12));
  },
  'late end': (cluster, random) => {
    anyWorker(cluster, random).network.breakAtWorker(seconds(random, 3));
  },
  'part to master': (cluster, random) => {
    anyWorker(cluster, random).network.part('to master', seconds(random, 25));
  },
  'part to worker': (cluster, random) => {
    anyWorker(cluster, random).network.part('to worker', seconds(random, 25));
  },
  part: (cluster, random) => {
    const { network } = anyWorker(cluster, random);
    const ms = seconds(random, 25);
    network.part('to master', ms);
    network.part('to worker', ms);
  },
  freeze: (cluster, random) => {
    anyWorker(cluster, random).freeze(seconds(random, random.next() < 0.5 ? 7 : 25));
  },
  slow: (cluster, random) => {
    anyWorker(cluster, random).network.maxDelayMs = 15 + random.next() ** 3 * 2000;
  },
  wall: (cluster, random) => {
    anyWorker(cluster, random).jumpWallClock((random.next() - 0.5) * 1e8);
  },
  kill: (cluster, random) => {
    anyWorker(cluster, random).kill();
  },
  restart: (cluster, random) => {
    anyWorker(cluster, random).kill();
    cluster.addWorker();
  },
  leave: (cluster, random) => {
    anyWorker(cluster, random).agent.leave();
  },
  join: (cluster) => {
    if (cluster.workers.length < 6) cluster.addWorker();
  },
  users: (cluster, random) => {
    order(cluster, { type: 'set-users', users: 1 + Math.floor(random.next() * 20) });
  },
  rate: (cluster, random) => {
    order(cluster, { type: 'set-spawn-rate', spawnRate: 1 + random.next() * 20 });
  },
} as const satisfies Record<string, Fault>;

/** One kind of schedule. */
interface Story {
  readonly faults: readonly (keyof typeof FAULTS)[];
  /** Faults in one schedule, at most. */
  readonly most: number;
  /** Whether no user of a worker that lives may be started anew. */
  readonly leavesOthersAlone?: boolean;
}

const LIVELY = ['break', 'late end', 'slow', 'wall'] as const;

/** Kinds of schedules: what may happen in each. */
export const STORIES: Readonly<Record<string, Story>> = {
  lines: { faults: LIVELY, most: 10 },
  partition: { faults: ['part to master', 'part to worker', 'part', 'late end', 'slow'], most: 4 },
  freeze: { faults: ['freeze', 'break', 'slow'], most: 4 },
  death: { faults: ['kill', 'blip', 'wall'], most: 3, leavesOthersAlone: true },
  fleet: { faults: ['join', 'leave', 'users', 'rate', 'break'], most: 8 },
  everything: {
    faults: [
      ...LIVELY,
      ...(['part to master', 'part to worker', 'part', 'freeze', 'kill', 'restart'] as const),
      ...(['leave', 'join', 'users', 'rate'] as const),
    ],
    most: 7,
  },
};

const REASONS: readonly StopReason[] = ['run-time', 'lost-workers'];

/** Plays one schedule. @returns What does not hold, empty where all does. */
export async function playStory(name: string, seed: number): Promise<string[]> {
  const story = STORIES[name];
  if (story === undefined) throw new Error(`there is no story ${name}`);
  const random = new SeededRandom(seed, 7);
  const cluster = new SimulatedCluster(scene(seed, random));
  const told: string[] = [];
  try {
    for (let left = 1 + Math.floor(random.next() * story.most); left > 0; left -= 1) {
      await cluster.advance(random.next() * 6000);
      const fault = story.faults[Math.floor(random.next() * story.faults.length)] ?? 'break';
      told.push(`${Math.round(cluster.clock.nowUs() / 1e3 - 5000)} ms: ${fault}`);
      FAULTS[fault](cluster, random);
    }
    const { stopReason } = await cluster.finish(400_000);
    // What was parted or stood still has to find out.
    await cluster.advance(60_000);
    const problems = problemsOf(cluster);
    if (!REASONS.includes(stopReason)) problems.push(`it stopped for ${stopReason}`);
    if (story.leavesOthersAlone === true) problems.push(...restarts(cluster));
    return problems.length === 0 ? [] : [...problems, ...told, ...cluster.store.log];
  } catch (error) {
    return [String(error), ...told, ...cluster.store.log];
  }
}

function scene(seed: number, random: SeededRandom): SimulationOptions {
  const errorOf = (): { offsetUs: number; rate: number } => ({
    offsetUs: random.next() * 1e12,
    rate: 1 + (random.next() - 0.5) * 2e-4,
  });
  return {
    seed,
    workers: 1 + Math.floor(random.next() * 4),
    users: 3 + Math.floor(random.next() * 12),
    spawnRate: 2 + random.next() * 12,
    runTimeMs: 20_000 + random.next() * 30_000,
    maxCommitMs: random.next() < 0.2 ? 2500 : 30,
    clockErrors: Array.from({ length: 5 }, errorOf),
    master: { workerWaitMs: 40_000, rebalance: random.next() < 0.7 },
  };
}

/** Users that were started anew though the worker that had them was alive. */
function restarts({ truth, workers }: SimulatedCluster): string[] {
  const holders = new Map<number, string>();
  const killed = new Set(workers.filter(({ isKilled }) => isKilled).map(({ node }) => node));
  const problems: string[] = [];
  for (const { user, node } of truth.starts) {
    const before = holders.get(user);
    if (before !== undefined && !killed.has(before)) problems.push(`user ${user} left ${before}`);
    holders.set(user, node);
  }
  return problems;
}
