import type { Clock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { SendFence } from '../../src/base/send-fence.ts';
import type { PlanClass } from '../../src/load/user-classes.ts';
import type { ResumedRun } from '../../src/master/fleet/resumed-run.ts';
import type { RunStore } from '../../src/master/record/journal.ts';
import type { RunOutcome } from '../../src/master/record/run-outcome.ts';
import type { RunMasterOptions } from '../../src/master/run/run-master-options.ts';
import { RunMaster } from '../../src/master/run-master.ts';
import type { Transport } from '../../src/protocol/channel/transport.ts';
import type { RunConfig } from '../../src/protocol/messages/master-messages.ts';
import { type LiveLedger, RunAggregate } from '../../src/stats/aggregate/run-aggregate.ts';
import type { EarlierSecond } from '../../src/stats/aggregate/timeline.ts';
import { NO_STALLS } from '../../src/stats/interval/interval.ts';
import { decodeInterval } from '../../src/stats/interval/interval-codec.ts';
import type { RunUpdate } from '../../src/stats/snapshot/run-snapshot.ts';
import { leaseKey } from '../../src/store/folding/unknown-requests.ts';
import type {
  CommitResult,
  LeaseEnd,
  RawInterval,
  RawTally,
  RunBatch,
  RunEnd,
  RunEvent,
  StopReason,
  WorkerRecord,
} from '../../src/store/record/run-record.ts';
import { Agent, type AgentEnd, type HeldIntervals } from '../../src/worker/agent.ts';
import { WorkerLink } from '../../src/worker/link/worker-link.ts';
import { FakeClock } from './fake-clock.ts';
import { type FakeBehaviour, FakeScripts, Truth } from './fake-script.ts';
import { fleetConfig } from './fleet-config.ts';
import { MemoryNetwork } from './memory-link.ts';
import { type ClockError, ProcessClock } from './process-clock.ts';

/** What is simulated. */
export interface SimulationOptions {
  readonly seed: number;
  readonly workers: number;
  readonly users: number;
  readonly spawnRate: number;
  readonly runTimeMs?: number;
  readonly stopTimeoutMs?: number;
  readonly maxWaitMs?: number;
  readonly maxDelayMs?: number;
  /** What the clocks of the workers are wrong by, in turns. */
  readonly clockErrors?: readonly ClockError[];
  /** Longest commit of the store. */
  readonly maxCommitMs?: number;
  readonly behaviour?: Partial<FakeBehaviour>;
  readonly classes?: readonly PlanClass[];
  readonly master?: Partial<RunMasterOptions>;
  readonly config?: Partial<RunConfig>;
  /** Stands between a worker and the master, on the master's side. */
  readonly tap?: (transport: Transport, node: string) => Transport;
}

/** The figures of a run file are not simulated: the ledger is made of the intervals. */
const NO_FIGURES = {
  measuredFromSecond: 0,
  names: [],
  errors: [],
  exceptions: [],
  ledger: {
    sent: 0,
    succeeded: 0,
    failed: 0,
    notSent: 0,
    abandoned: 0,
    redirected: 0,
    unknown: 0,
  },
} as const;
const NO_SECOND = { requests: 0, failures: 0, p50Us: null, p95Us: null, p99Us: null } as const;

/** A run file in memory: slow as told, and strict about what it is given. */
export class MemoryStore implements RunStore {
  readonly problems: string[] = [];
  readonly intervals: RawInterval[] = [];
  readonly events: string[] = [];
  readonly log: string[] = [];
  readonly workerStatus = new Map<string, string>();
  readonly workers = new Map<string, WorkerRecord>();
  readonly happened: RunEvent[] = [];
  readonly tallies = new Map<string, RawTally>();
  readonly leaseEnds = new Map<string, LeaseEnd>();
  /** Its process is gone: what it has not committed by then never is. */
  #isDead = false;
  end: RunEnd | undefined;
  /** Each commit fails with this, where set. */
  failure: Error | undefined;
  readonly #clock: Clock;
  readonly #delayMs: () => number;
  readonly #next = new Map<string, number>();

  constructor(clock: Clock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  async commit(batch: RunBatch): Promise<CommitResult> {
    await this.#pause();
    if (this.#isDead) return new Promise(() => undefined);
    if (this.failure !== undefined) throw this.failure;
    if (this.end !== undefined) this.problems.push('a commit after the end');
    for (const interval of batch.intervals) this.#keep(interval);
    for (const tally of batch.tallies ?? []) this.tallies.set(leaseKey(tally), tally);
    for (const end of batch.leaseEnds ?? []) this.leaseEnds.set(leaseKey(end), end);
    for (const worker of batch.workers ?? []) {
      this.workerStatus.set(worker.workerId, worker.status);
      this.workers.set(worker.workerId, worker);
    }
    this.happened.push(...(batch.events ?? []));
    this.events.push(...(batch.events ?? []).map(({ kind }) => kind));
    this.log.push(...(batch.log ?? []).map(({ text }) => text));
    return { duplicates: [] };
  }

  async finish(end: RunEnd): Promise<void> {
    await this.#pause();
    if (this.end !== undefined) this.problems.push('the run ended twice');
    this.end = end;
  }

  /** What is kept, for the process that goes on; this one commits nothing any more. */
  handOver(): MemoryStore {
    this.#isDead = true;
    const next = new MemoryStore(this.#clock, this.#delayMs);
    next.problems.push(...this.problems);
    next.intervals.push(...this.intervals);
    next.events.push(...this.events);
    next.log.push(...this.log);
    next.happened.push(...this.happened);
    for (const [id, status] of this.workerStatus) next.workerStatus.set(id, status);
    for (const [id, worker] of this.workers) next.workers.set(id, worker);
    for (const [lease, tally] of this.tallies) next.tallies.set(lease, tally);
    for (const [lease, end] of this.leaseEnds) next.leaseEnds.set(lease, end);
    for (const [lease, sequence] of this.#next) next.#next.set(lease, sequence);
    return next;
  }

  /** As `report --merge`. */
  merge(held: HeldIntervals | undefined): void {
    for (const interval of held?.intervals ?? []) {
      this.#keep({ ...interval, workerId: held?.workerId ?? '' });
    }
  }

  /** What a master that goes on with the run reads of it. */
  resumed(startUs: number | undefined): ResumedRun {
    const reasons = this.happened.filter(({ kind }) => kind === 'stopping');
    const data = reasons.at(-1)?.data as { reason: StopReason } | undefined;
    return {
      startUs,
      setupData: undefined,
      workers: [...this.workers.values()].map((worker) => ({
        ...worker,
        intervals: [...this.#next]
          .map(([lease, next]) => ({ lease: lease.split('/'), sequence: next - 1 }))
          .filter(({ lease }) => lease[0] === worker.workerId)
          .map(({ lease, sequence }) => ({ epoch: Number(lease[1]), sequence })),
      })),
      hasOtherLoad: this.happened.some(({ kind }) => /^(users|spawn-rate)-changed$/.test(kind)),
      isSpawned: this.events.includes('spawning-complete'),
      stopReason: data?.reason,
      record: { ...NO_FIGURES, seconds: this.#seconds(), events: this.happened },
      masterEpoch: 2,
    };
  }

  #seconds(): EarlierSecond[] {
    const users: number[] = [];
    for (const { payload } of this.intervals) {
      const { second, users: at } = decodeInterval(payload);
      if (second >= 0) users[second] = (users[second] ?? 0) + at;
    }
    return Array.from(users, (at = 0) => ({ ...NO_SECOND, users: at, usersPeak: at }));
  }

  #keep(interval: RawInterval): void {
    const lease = `${interval.workerId}/${interval.epoch}`;
    const expected = this.#next.get(lease) ?? 1;
    if (interval.sequence !== expected) {
      this.problems.push(`interval ${lease}/${interval.sequence} where ${expected} was due`);
    }
    this.#next.set(lease, interval.sequence + 1);
    this.intervals.push(interval);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(this.#delayMs(), resolve);
    });
  }
}

/** One simulated worker process. */
export class SimulatedWorker {
  readonly node: string;
  readonly agent: Agent;
  readonly network: MemoryNetwork;
  readonly scripts: FakeScripts;
  readonly fence: SendFence;
  readonly link: WorkerLink;
  end: AgentEnd | undefined;
  isKilled = false;
  readonly #clock: ProcessClock;

  constructor(cluster: SimulatedCluster, index: number, error?: ClockError) {
    const { random, options, truth } = cluster;
    this.node = `node-${index}-${options.seed}`;
    this.#clock = new ProcessClock(cluster.clock, error);
    const clock = this.#clock;
    this.fence = new SendFence(clock);
    this.network = new MemoryNetwork({
      clock: cluster.clock,
      random,
      maxDelayMs: options.maxDelayMs ?? 15,
    });
    this.scripts = new FakeScripts(clock, this.fence, this.node, truth, {
      seed: options.seed,
      maxWaitMs: options.maxWaitMs ?? 200,
      maxRequestMs: 250,
      ...options.behaviour,
    });
    this.link = new WorkerLink({
      clock,
      connect: () =>
        this.network.connect(
          (transport) => {
            if (cluster.isMasterDown) throw new Error('connect ECONNREFUSED');
            cluster.master.acceptWorker(options.tap?.(transport, this.node) ?? transport);
          },
          clock,
          () => cluster.masterClock,
        ),
      fence: this.fence,
      isMasterLocal: false,
      identity: { nodeId: this.node, host: 'simulated', pid: index + 100, cores: 1 },
      joinTimeoutMs: 60_000,
      blockedMs: () => 0,
      random: () => random.next(),
    });
    this.agent = new Agent({
      clock,
      link: this.link,
      fence: this.fence,
      scripts: this.scripts,
      monitor: {
        read: () => ({ cpuRatio: 0.1, loopRatio: 0.1, memoryBytes: 1e6, stalls: NO_STALLS }),
      },
      log: () => undefined,
    });
    void this.agent.run().then((end) => {
      this.fence.close();
      if (this.end !== undefined) cluster.truth.problems.push(`${this.node} ended twice`);
      this.end = end;
    });
  }

  /** As `kill -9`: nothing of it is done any more, and what it had sent arrives. */
  kill(): void {
    this.isKilled = true;
    this.#clock.kill();
    this.network.breakAtWorker(0);
  }

  /** As `SIGSTOP` and, later, `SIGCONT`. */
  freeze(ms: number): void {
    this.#clock.freeze(ms);
  }

  /** The wall clock jumps. */
  jumpWallClock(ms: number): void {
    this.#clock.wallOffsetMs += ms;
  }

  /** Whether its users send nothing: it is dead, stands still, or has fenced itself. */
  get isHarmless(): boolean {
    return this.#clock.isStill || this.fence.isShut(this.#clock.nowUs());
  }
}

/** A master and its workers in one process, on a clock that only a test turns. */
export class SimulatedCluster {
  readonly options: SimulationOptions;
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  masterClock: ProcessClock;
  #masterCount = 0;
  /** What the key file would have. */
  #startUs: number | undefined;
  readonly truth = new Truth(this.clock);
  store: MemoryStore;
  master: RunMaster;
  /** Between a crash of the master and its resumption. */
  isMasterDown = false;
  readonly workers: SimulatedWorker[] = [];
  readonly snapshots: RunUpdate[] = [];
  outcome: RunOutcome | undefined;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.truth.mayHaveTwins = (node) =>
      this.workers.find((worker) => worker.node === node)?.isHarmless ?? false;
    const { maxCommitMs = 30 } = options;
    this.store = new MemoryStore(this.clock, () => this.random.next() * maxCommitMs);
    this.masterClock = new ProcessClock(this.clock);
    this.master = this.#startMaster();
    for (let index = 0; index < options.workers; index += 1) this.addWorker();
  }

  /** As `kill -9` of the master: nothing of it is heard or done any more. */
  crashMaster(): void {
    this.isMasterDown = true;
    this.masterClock.kill();
    this.store = this.store.handOver();
    for (const worker of this.workers) worker.network.breakAll(0);
  }

  /** As `master --resume`. @param changes - What a person has changed, as the run file tells. */
  resumeMaster(changes: Partial<RunMasterOptions> = {}): void {
    this.masterClock = new ProcessClock(this.clock);
    const resumed = this.store.resumed(this.#startUs);
    this.master = this.#startMaster({ resumed, ...changes });
    this.isMasterDown = false;
  }

  #startMaster(more: Partial<RunMasterOptions> = {}): RunMaster {
    this.#masterCount += 1;
    const master = new RunMaster({ ...this.#masterOptions(), ...more });
    void master.run().then((outcome) => {
      this.outcome = outcome;
    });
    return master;
  }

  /** Starts a worker. */
  addWorker(): SimulatedWorker {
    const { clockErrors = [] } = this.options;
    const worker = new SimulatedWorker(
      this,
      this.workers.length,
      clockErrors[this.workers.length % clockErrors.length],
    );
    this.workers.push(worker);
    return worker;
  }

  /** One of the workers. */
  worker(index: number): SimulatedWorker {
    const worker = this.workers[index];
    if (worker === undefined) throw new Error(`there is no worker ${index}`);
    return worker;
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Goes on to the run's end, and a little further, as the processes do. */
  async finish(limitMs = 120_000): Promise<RunOutcome> {
    const stepMs = 100;
    for (let passedMs = 0; this.outcome === undefined; passedMs += stepMs) {
      if (passedMs > limitMs) throw new Error(`no end after ${limitMs / 1000} s`);
      await this.clock.advance(stepMs);
    }
    this.master.close();
    await this.clock.advance(500);
    return this.outcome;
  }

  /** What the stored intervals add up to. */
  readonly ledger = (): LiveLedger => {
    const aggregate = new RunAggregate();
    for (const { workerId, payload, epoch } of this.store.intervals) {
      aggregate.add(workerId, decodeInterval(payload), epoch);
    }
    for (const tally of this.store.tallies.values()) aggregate.tally(tally);
    for (const [workerId, status] of this.store.workerStatus) {
      if (status === 'lost') aggregate.loseWorker(workerId);
    }
    return aggregate.ledger();
  };

  /** Where the simulation's own clock stands, in milliseconds since it began. */
  get startUs(): number {
    const [first] = this.truth.starts;
    return first?.atUs ?? 0;
  }

  #masterOptions(): RunMasterOptions {
    const { options } = this;
    const classes = options.classes ?? [
      { name: 'A', weight: 2, fixedCount: 0 },
      { name: 'B', weight: 1, fixedCount: 0 },
    ];
    return {
      clock: this.masterClock,
      masterId: `master-${this.#masterCount}`,
      store: this.store,
      config: fleetConfig({
        runId: `run-${options.seed}`,
        seed: options.seed,
        classes: classes.map(({ name }) => name),
        stopTimeoutMs: options.stopTimeoutMs ?? 1000,
        orphanTimeoutMs: 30_000,
        rejoinTimeoutMs: 600_000,
        workerCount: options.workers,
        ...options.config,
      }),
      script: { bytes: new Uint8Array(70_000).fill(7), sha256: 'x' },
      classes,
      users: options.users,
      spawnRate: options.spawnRate,
      facts: {
        runId: `run-${options.seed}`,
        script: 'simulated.ts',
        host: '',
        version: '0',
        limitMs: options.runTimeMs ?? null,
        labels: {},
        joinCommand: '',
        workersExpected: options.workers,
      },
      expectedWorkers: options.workers,
      maxWaitMs: 60_000,
      runTimeMs: options.runTimeMs,
      lateAfterMs: 3000,
      lostAfterMs: 15_000,
      workerWaitMs: 0,
      rebalance: true,
      resetStats: false,
      observers: [
        {
          starting: (startUs) => {
            this.#startUs = startUs;
          },
          snapshot: (snapshot) => {
            this.snapshots.push(snapshot);
          },
        },
      ],
      ...options.master,
    };
  }
}
