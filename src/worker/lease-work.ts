import type { Clock, TimerHandle } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { SendFence } from '../base/send-fence.ts';
import { msToUs, usToMs } from '../base/units.ts';
import type {
  Json,
  MasterMessage,
  RunConfig,
  StartOrder,
} from '../protocol/messages/master-messages.ts';
import type { WorkerMessage } from '../protocol/messages/worker-messages.ts';
import type { ClockEstimate } from './clock/clock-sync.ts';
import { type LeaseOccurrence, type LeaseState, leaseStateAfter } from './lease-state.ts';
import { holdingMessages } from './link/holding-messages.ts';
import type { MasterLink } from './link/master-link.ts';
import { IntervalReporter } from './measure/interval-reporter.ts';
import type { ProcessMonitor } from './measure/self-monitor.ts';
import type { RunningUser, UserReports } from './script/script-host.ts';
import { type EndedUser, UserPool, type UserPoolOwner } from './users/user-pool.ts';
import type { WorkerScript } from './worker-script.ts';

/** How long after the stop timeout listeners of a test's end may take. */
const TEST_STOP_GRACE_MS = 3000;

/** What the leases of a worker share. */
export interface LeaseSurroundings {
  readonly clock: Clock;
  readonly link: MasterLink;
  /** What the lease allows. */
  readonly fence: SendFence;
  readonly monitor: ProcessMonitor;
  /** The worker's own log, beside what it sends to the master. */
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** What a worker was told for good: no new lease changes it. */
export interface WorkerStanding {
  /** The worker was asked to go. */
  isLeaving: boolean;
  /** The master has ended the run: no users follow. */
  isRunEnding: boolean;
}

/** What the master grants with a lease. */
export interface LeaseTerms {
  readonly epoch: number;
  readonly workerId: string;
  readonly config: RunConfig;
  /** The encoded script. */
  readonly script: Uint8Array;
  /** The comparison of clocks so far; absent before the first one. */
  readonly estimate: ClockEstimate | undefined;
}

/**
 * The work under one lease: users, what they measure, and where the lease stands. A worker that gets a
 * new lease drops the old work and makes a new one, so that nothing of the old can reach into the new.
 * Its states and what leads from one to the other: `leaseStateAfter`.
 */
export class LeaseWork implements UserPoolOwner {
  readonly #around: LeaseSurroundings;
  readonly #clock: Clock;
  readonly #script: WorkerScript;
  readonly #standing: WorkerStanding;
  readonly #terms: LeaseTerms;
  readonly #users: UserPool;
  readonly #reporter: IntervalReporter;
  /** One object for all users of the lease: a worker may have tens of thousands. */
  readonly #userReports: UserReports;
  /** The work under the lease before, until its users are gone. */
  #before: LeaseWork | undefined;
  #dropped: Promise<void> | undefined;
  #state: LeaseState;
  #estimate: ClockEstimate | undefined;
  /** Whether the script has heard that the test starts. */
  #isPrepared = false;
  #cutTimer: TimerHandle | undefined;
  /** When the users of a stop are cut. */
  #stopByUs = 0;

  /** @param before - The work under the lease before, which this one drops. */
  constructor(
    around: LeaseSurroundings,
    script: WorkerScript,
    standing: WorkerStanding,
    terms: LeaseTerms,
    before: LeaseWork | undefined,
  ) {
    const { clock, link, fence, monitor } = around;
    this.#around = around;
    this.#clock = clock;
    this.#script = script;
    this.#standing = standing;
    this.#terms = terms;
    this.#before = before;
    this.#state = standing.isLeaving ? 'calling-off' : 'clearing';
    this.#users = new UserPool(clock, fence, this);
    const parts = { clock, link, monitor, users: this.#users };
    this.#reporter = new IntervalReporter(parts, terms.epoch, () => this.#script.report());
    this.#userReports = userReportsOf(this.#reporter.recorder, link);
    this.clock(terms.estimate);
  }

  /** How many users of this lease run. */
  get runningUsers(): number {
    return this.#users.running;
  }

  /** Whether users of this lease, or of the one before, still run. */
  get hasUsers(): boolean {
    return this.#users.running > 0 || this.#before?.hasUsers === true;
  }

  /** Waits until the users of the lease before are gone, loads the script, and says that it is ready. */
  async begin(): Promise<void> {
    const { epoch, workerId } = this.#terms;
    this.#script.epoch = epoch;
    this.#script.workerId = workerId;
    // Other workers may have the users of the earlier lease by now: none of them may go on here.
    await this.#before?.drop();
    this.#before = undefined;
    this.#script.loaded?.usersGone?.();
    if (!this.#take('cleared')) return;
    this.#script.sink = this.#reporter.recorder;
    if (this.#standing.isLeaving) this.#send({ type: 'leaving' });
    if (this.#state === 'stopping') {
      this.#endUsers(0);
      return;
    }
    await this.#load();
    this.#becomeReady();
  }

  /** Cuts all users; nothing follows from this lease. @returns When none of them is left. */
  drop(): Promise<void> {
    this.#take('dropped');
    this.#clock.clearTimer(this.#cutTimer);
    this.#dropped ??= this.#end();
    return this.#dropped;
  }

  /** Measures no more, and waits for no user: what was measured goes out. */
  abandon(): void {
    this.#before?.abandon();
    this.#clock.clearTimer(this.#cutTimer);
    this.#users.dispose();
    this.#reporter.finish();
  }

  /** The latest comparison of clocks. */
  clock(estimate: ClockEstimate | undefined): void {
    if (estimate === undefined) return;
    this.#estimate = estimate;
    this.#reporter.clock(estimate);
    this.#becomeReady();
  }

  /** Carries an order of the master's out. */
  obey(message: MasterMessage): void {
    switch (message.type) {
      case 'start':
        this.#start(message.startAtUs);
        break;
      case 'prepare':
        void this.#prepare(message.data);
        break;
      case 'spawned':
        this.#script.loaded?.spawningComplete?.(message.users);
        break;
      case 'script-message':
        this.#script.loaded?.message?.(message.name, message.data);
        break;
      case 'assign':
        if (this.#state === 'ready') this.#users.assign(message.starts, message.stops);
        break;
      case 'stop':
        this.#standing.isRunEnding = true;
        this.#stop(message.timeoutMs);
        break;
      case 'cut':
        this.#standing.isRunEnding = true;
        this.#stop(0);
        break;
      case 'finished':
        break;
    }
  }

  /** Tells the master that the others should take the users, and stops them. */
  handOver(): void {
    if (this.#state === 'loading' || this.#state === 'ready') this.#send({ type: 'leaving' });
    this.#stop(this.#terms.config.stopTimeoutMs);
  }

  /** Tells a master that was started again what is here: it knows only what was stored. */
  tellNewMaster(): void {
    const isReady = this.#state === 'ready';
    const hasUsers = isReady || this.#state === 'stopping';
    const { held, spent } = hasUsers ? this.#users.holdings() : { held: [], spent: [] };
    const stops = this.#standing.isRunEnding ? 'by order' : this.#hasStopped ? 'by itself' : 'no';
    const state = {
      isReady,
      isPrepared: this.#isPrepared,
      isStarted: this.#reporter.hasBegun,
      stops,
    } as const;
    for (const message of holdingMessages(held, spent, state)) this.#send(message);
    if (this.#state === 'drained') this.#sendDrained();
  }

  // What the pool of users asks for.

  createUser(order: StartOrder): RunningUser | undefined {
    return this.#script.loaded?.createUser(order, this.#userReports);
  }

  usersEnded(users: readonly EndedUser[]): void {
    this.#send({ type: 'ended', users });
  }

  usersGone(): void {
    if (!this.#take('users-gone')) return;
    this.#clock.clearTimer(this.#cutTimer);
    const script = this.#script.loaded;
    script?.usersGone?.();
    // A worker that only lost its master may get users again.
    const isLast = this.#standing.isLeaving || this.#standing.isRunEnding;
    const settled = script?.testStop?.(isLast);
    if (settled === undefined) this.#settled();
    else this.#settle(settled);
  }

  get #isPast(): boolean {
    return this.#state === 'past';
  }

  get #hasStopped(): boolean {
    return ['stopping', 'settling', 'drained'].includes(this.#state);
  }

  async #load(): Promise<void> {
    try {
      await this.#script.load(this.#terms.script, this.#terms.config);
    } catch (error) {
      if (this.#isPast) return;
      this.#around.log('error', messageOf(error));
      this.#send({ type: 'script-failed', message: messageOf(error) });
    }
  }

  #becomeReady(): void {
    if (this.#script.loaded === undefined || this.#estimate === undefined) return;
    if (this.#take('loaded')) this.#send({ type: 'ready' });
  }

  #start(startAtUs: number): void {
    if (this.#state !== 'ready') return;
    const startUs = startAtUs - (this.#estimate?.offsetUs ?? 0);
    this.#reporter.begin(startUs);
    this.#users.begin(startUs);
  }

  async #prepare(data: Json): Promise<void> {
    await this.#script.loaded?.prepare?.(data);
    if (this.#state !== 'ready') return;
    this.#isPrepared = true;
    this.#send({ type: 'prepared' });
  }

  /** Stops gracefully; may be said again with a shorter time. */
  #stop(timeoutMs: number): void {
    const hadOrders = this.#state === 'ready';
    if (!this.#take(timeoutMs <= 0 ? 'cut' : 'stop')) return;
    if (this.#state === 'drained') this.#drain();
    if (this.#state !== 'stopping') return;
    if (hadOrders) this.#script.loaded?.stopping?.();
    this.#endUsers(timeoutMs);
  }

  /** Ends the users within the timeout, then cuts them. */
  #endUsers(timeoutMs: number): void {
    this.#stopByUs = this.#clock.nowUs() + msToUs(timeoutMs);
    this.#clock.clearTimer(this.#cutTimer);
    this.#users.stop();
    if (timeoutMs <= 0) this.#users.cut();
    else this.#cutTimer = this.#clock.setTimer(timeoutMs, () => this.#users.cut());
    if (this.#users.running === 0) this.usersGone();
  }

  /** Waits for what the script does at the test's end, but not for ever. */
  #settle(settled: Promise<void>): void {
    // The script may take longer than the master waits before it gives the worker up.
    const leftMs = Math.max(0, usToMs(this.#stopByUs - this.#clock.nowUs()));
    this.#cutTimer = this.#clock.setTimer(leftMs + TEST_STOP_GRACE_MS, () => {
      this.#around.log(
        'warn',
        'listeners of events.testStop or quitting take too long: not waiting for them',
      );
      this.#settled();
    });
    void settled.then(() => this.#settled());
  }

  /** The script has done what it does at the test's end, or had time enough for it. */
  #settled(): void {
    if (this.#take('settled')) this.#drain();
  }

  /** Delivers the last of what was measured. */
  #drain(): void {
    this.#clock.clearTimer(this.#cutTimer);
    this.#script.report();
    this.#sendDrained();
  }

  #sendDrained(): void {
    const { sequence, startUs } = this.#reporter.finish();
    const lastEndUs = this.#users.lastEndUs ?? startUs;
    this.#send({
      type: 'drained',
      lastSequence: sequence,
      lastUserEndUs: Math.max(0, lastEndUs - startUs),
    });
  }

  async #end(): Promise<void> {
    await this.#before?.drop();
    await this.#users.end();
    this.#reporter.finish();
  }

  /** Goes to the state that follows. @returns Whether the occurrence means anything in the present state. */
  #take(occurrence: LeaseOccurrence): boolean {
    const next = leaseStateAfter(this.#state, occurrence);
    this.#state = next ?? this.#state;
    return next !== undefined;
  }

  #send(message: WorkerMessage): void {
    this.#around.link.send(message, this.#terms.epoch);
  }
}

function userReportsOf(recorder: IntervalReporter['recorder'], link: MasterLink): UserReports {
  return {
    sink: recorder,
    exception: (message, traceback) => recorder.exception(message, traceback),
    stopTest: (reason) => link.send({ type: 'stop-test', reason }),
  };
}
