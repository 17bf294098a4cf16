import type { Clock, TimerHandle } from '../base/clock.ts';
import { type ErrorCode, messageOf } from '../base/errors.ts';
import type { SendFence } from '../base/send-fence.ts';
import { msToUs } from '../base/units.ts';
import type {
  Json,
  MasterMessage,
  RunConfig,
  StartOrder,
} from '../protocol/messages/master-messages.ts';
import type { WorkerMessage } from '../protocol/messages/worker-messages.ts';
import type { ClockEstimate } from './clock/clock-sync.ts';
import { holdingMessages } from './link/holding-messages.ts';
import type { OutgoingInterval } from './link/interval-outbox.ts';
import type { LinkEvent, MasterLink } from './link/master-link.ts';
import { IntervalReporter } from './measure/interval-reporter.ts';
import type { ProcessMonitor } from './measure/self-monitor.ts';
import type { LoadedScript, ScriptHost, ScriptLink, UserReports } from './script/script-host.ts';
import { UserPool } from './users/user-pool.ts';

/** How long users may take to come back from their cut when the worker ends. */
const END_GRACE_MS = 1000;
/** How long after the stop timeout listeners of a test's end may take. */
const TEST_STOP_GRACE_MS = 3000;

/** What an agent is made of. */
export interface AgentOptions {
  readonly clock: Clock;
  readonly link: MasterLink;
  /** What the lease allows. */
  readonly fence: SendFence;
  readonly scripts: ScriptHost;
  readonly monitor: ProcessMonitor;
  /** The worker's own log, beside what it sends to the master. */
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** How a worker's life ended. */
export interface AgentEnd {
  /** Absent: the run is over and everything was delivered. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** What the master has not stored; absent where there is nothing. */
  readonly held?: HeldIntervals;
}

/** What a worker could not deliver. */
export interface HeldIntervals {
  readonly runId: string;
  readonly workerId: string;
  readonly intervals: readonly OutgoingInterval[];
}

/**
 * A worker: loads the script that the master sends, starts and stops users as ordered, measures,
 * reports every second, and leaves nothing undelivered behind.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | idle | joined | clearing |
 * | clearing: users of an earlier lease are cut | none left | loading: script, first clock estimate |
 * | loading | both there | ready: `ready` is sent, orders are carried out |
 * | loading, ready | stop, orphaned, leave | stopping: users end within the stop timeout, then are cut |
 * | clearing | stop, leave | the same, once none is left |
 * | stopping | no user left | settling: the script hears of the test's end |
 * | settling | done, or the time for it is over | drained: last interval and `drained` are sent |
 * | any | finished; for want of a master: given up | ended |
 * | any but ended | joined anew (lease lost) | clearing, under the new epoch |
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #link: MasterLink;
  readonly #reporter: IntervalReporter;
  readonly #users: UserPool;
  #finish: (end: AgentEnd) => void = () => undefined;
  #config: RunConfig | undefined;
  #workerId = '';
  #ending: AgentEnd | undefined;
  #script: LoadedScript | undefined;
  #loading: Promise<LoadedScript> | undefined;
  #estimate: ClockEstimate | undefined;
  #state:
    | 'idle'
    | 'clearing'
    | 'loading'
    | 'ready'
    | 'stopping'
    | 'settling'
    | 'drained'
    | 'ended' = 'idle';
  #epoch = 0;
  /** Asked to go: no new lease changes that. */
  #isLeaving = false;
  /** The master has ended the run: no users follow. */
  #isRunEnding = false;
  /** Under the present lease: the script has heard that the test starts. */
  #isPrepared = false;
  /** Told to stop before the users of an earlier lease were gone. */
  #isStopWanted = false;
  #userReports: UserReports | undefined;
  #cutTimer: TimerHandle | undefined;
  /** When the users of a stop are cut. */
  #stopByUs = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#link = options.link;
    this.#users = new UserPool({
      clock: options.clock,
      fence: options.fence,
      createUser: (order) => this.#createUser(order),
      reportEnded: (users) => this.#send({ type: 'ended', users }),
      onEmpty: () => this.#onUsersGone(),
    });
    this.#reporter = new IntervalReporter({
      clock: options.clock,
      link: options.link,
      monitor: options.monitor,
      countUsers: (instantUs) => this.#users.runningAt(instantUs),
      takePeakUsers: () => this.#users.takePeak(),
      onSecond: () => this.#reportScript(),
    });
  }

  /** Joins and works until the run is over or the master is given up. */
  run(): Promise<AgentEnd> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#link.start((event) => this.#onEvent(event));
    });
  }

  /** Hands the users over and leaves: they end gracefully, everything is delivered, `run` resolves. */
  leave(): void {
    if (this.#state === 'idle') {
      this.#end({ message: 'left before the run began', hint: '' });
      return;
    }
    this.#isLeaving = true;
    this.#handOver();
  }

  /** Cuts everything and goes at once, delivering what can be delivered without waiting. */
  abort(): void {
    this.#end({ message: 'cut short', hint: '' });
  }

  #onEvent(event: LinkEvent): void {
    if (event.type === 'closed') this.#onClosed(event.held);
    if (this.#state === 'ended') return;
    switch (event.type) {
      case 'joined':
        if (!event.resumed) void this.#join(event);
        else if (event.isNewMaster) this.#meetNewMaster();
        break;
      case 'message':
        this.#onMessage(event.message);
        break;
      case 'clock':
        this.#estimate = event.estimate;
        this.#reporter.clock(event.estimate);
        this.#becomeReady();
        break;
      case 'orphaned':
        this.#options.log(
          'warn',
          `nothing heard from the master for ${Math.round(event.silentMs / 1000)} s: stopping the load`,
        );
        this.#handOver();
        break;
      case 'note':
        this.#options.log(event.level, event.text);
        break;
      case 'ended':
        this.#end({ code: event.code, message: event.message, hint: event.hint });
        break;
    }
  }

  async #join(event: Extract<LinkEvent, { type: 'joined' }>): Promise<void> {
    const { epoch, config } = event;
    this.#workerId = event.workerId;
    this.#epoch = epoch;
    this.#state = 'clearing';
    this.#isStopWanted = this.#isLeaving;
    this.#isPrepared = false;
    this.#config = config;
    this.#clock.clearTimer(this.#cutTimer);
    // Under a new lease no user of the old one may go on: the others may have them by now.
    await this.#users.clear();
    this.#script?.usersGone?.();
    if (this.#isPast(epoch)) return;
    this.#reporter.beginEpoch(epoch);
    this.#state = 'loading';
    if (this.#isLeaving) this.#send({ type: 'leaving' });
    if (this.#isStopWanted) {
      this.#stop(0);
      return;
    }
    await this.#load(event);
    this.#becomeReady();
  }

  /** A master that was started again knows what was stored, and nothing of what is here. */
  #meetNewMaster(): void {
    const isReady = this.#state === 'ready';
    const hasUsers = isReady || this.#state === 'stopping';
    const { held, spent } = hasUsers ? this.#users.holdings() : { held: [], spent: [] };
    const stops = this.#isRunEnding ? 'by order' : this.#hasStopped() ? 'by itself' : 'no';
    const state = {
      isReady,
      isPrepared: this.#isPrepared,
      isStarted: this.#reporter.hasBegun,
      stops,
    } as const;
    for (const message of holdingMessages(held, spent, state)) this.#send(message);
    if (this.#state === 'drained') this.#sendDrained();
  }

  #hasStopped(): boolean {
    return ['stopping', 'settling', 'drained'].includes(this.#state);
  }

  async #load(event: Extract<LinkEvent, { type: 'joined' }>): Promise<void> {
    const { epoch, script, config, workerId } = event;
    // Once for all leases: a module that was imported stays, and with it what it did on import.
    this.#loading ??= this.#options.scripts.load(
      script ?? new Uint8Array(),
      config,
      this.#scriptLink(workerId),
    );
    try {
      this.#script = await this.#loading;
    } catch (error) {
      if (this.#isPast(epoch)) return;
      this.#options.log('error', messageOf(error));
      this.#send({ type: 'script-failed', message: messageOf(error) });
    }
  }

  /** Whether a newer lease has begun, or everything has ended, while something was awaited. */
  #isPast(epoch: number): boolean {
    return this.#state === 'ended' || epoch !== this.#epoch;
  }

  #becomeReady(): void {
    if (this.#state !== 'loading' || this.#script === undefined) return;
    if (this.#estimate === undefined) return;
    this.#state = 'ready';
    this.#send({ type: 'ready' });
  }

  #onMessage(message: MasterMessage): void {
    switch (message.type) {
      case 'start':
        this.#begin(message.startAtUs);
        break;
      case 'prepare':
        void this.#prepare(message.data);
        break;
      case 'spawned':
        this.#script?.spawningComplete?.(message.users);
        break;
      case 'script-message':
        this.#script?.message?.(message.name, message.data);
        break;
      case 'assign':
        if (this.#state === 'ready') this.#users.assign(message.starts, message.stops);
        break;
      case 'stop':
        this.#isRunEnding = true;
        this.#stop(message.timeoutMs);
        break;
      case 'cut':
        this.#isRunEnding = true;
        this.#stop(0);
        break;
      case 'finished':
        this.#end({ message: 'the run is over', hint: '' });
        break;
    }
  }

  #begin(startAtUs: number): void {
    if (this.#state !== 'ready') return;
    const startUs = startAtUs - (this.#estimate?.offsetUs ?? 0);
    this.#reporter.begin(startUs);
    this.#users.begin(startUs);
  }

  async #prepare(data: Json): Promise<void> {
    const epoch = this.#epoch;
    await this.#script?.prepare?.(data);
    if (this.#isPast(epoch) || this.#state !== 'ready') return;
    this.#isPrepared = true;
    this.#send({ type: 'prepared' });
  }

  /** What the script does apart from its users, under whichever lease there is then. */
  #scriptLink(workerId: string): ScriptLink {
    const reporter = this.#reporter;
    return {
      workerId,
      get sink() {
        return reporter.recorder;
      },
      exception: (message, traceback) => reporter.recorder.exception(message, traceback),
      stopTest: (reason) => this.#send({ type: 'stop-test', reason }),
      send: (name, data) => this.#send({ type: 'script-message', name, data }),
      log: (level, text) => this.#send({ type: 'log', level, text }),
    };
  }

  #reportScript(): void {
    const data = this.#script?.report?.();
    if (data !== undefined) this.#send({ type: 'script-report', data });
  }

  #createUser(order: StartOrder): ReturnType<LoadedScript['createUser']> | undefined {
    const { recorder } = this.#reporter;
    // One for all users of a lease: a worker may have tens of thousands.
    if (this.#userReports?.sink !== recorder) {
      this.#userReports = {
        sink: recorder,
        exception: (message, traceback) => recorder.exception(message, traceback),
        stopTest: (reason) => this.#link.send({ type: 'stop-test', reason }),
      };
    }
    return this.#script?.createUser(order, this.#userReports);
  }

  /** Tells the master that the others should take the users, and stops them. */
  #handOver(): void {
    if (this.#state === 'loading' || this.#state === 'ready') this.#send({ type: 'leaving' });
    this.#stop(this.#config?.stopTimeoutMs ?? 0);
  }

  /** Stops gracefully; may be said again with a shorter time. */
  #stop(timeoutMs: number): void {
    if (this.#state === 'clearing') this.#isStopWanted = true;
    if (this.#state === 'settling' && timeoutMs <= 0) this.#drain();
    if (this.#state !== 'ready' && this.#state !== 'stopping' && this.#state !== 'loading') return;
    if (this.#state === 'ready') this.#script?.stopping?.();
    this.#state = 'stopping';
    this.#stopByUs = this.#clock.nowUs() + msToUs(timeoutMs);
    this.#clock.clearTimer(this.#cutTimer);
    this.#users.stop();
    if (timeoutMs <= 0) this.#users.cut();
    else this.#cutTimer = this.#clock.setTimer(timeoutMs, () => this.#users.cut());
    if (this.#users.running === 0) this.#onUsersGone();
  }

  #onUsersGone(): void {
    if (this.#state !== 'stopping') return;
    this.#clock.clearTimer(this.#cutTimer);
    this.#script?.usersGone?.();
    // One that only lost its master may get users again.
    const settled = this.#script?.testStop?.(this.#isLeaving || this.#isRunEnding);
    if (settled === undefined) {
      this.#drain();
      return;
    }
    this.#state = 'settling';
    const epoch = this.#epoch;
    const drain = (): void => {
      if (!this.#isPast(epoch) && this.#state === 'settling') this.#drain();
    };
    // The master would give the worker up for what its script may take longer for.
    const leftMs = Math.max(0, (this.#stopByUs - this.#clock.nowUs()) / 1000);
    this.#cutTimer = this.#clock.setTimer(leftMs + TEST_STOP_GRACE_MS, () => {
      this.#options.log(
        'warn',
        'listeners of events.testStop or quitting take too long: not waiting for them',
      );
      drain();
    });
    void settled.then(drain);
  }

  /** Delivers the last of what was measured. */
  #drain(): void {
    this.#state = 'drained';
    this.#clock.clearTimer(this.#cutTimer);
    this.#reportScript();
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

  /** Sends what holds under the present lease alone. */
  #send(message: WorkerMessage): void {
    this.#link.send(message, this.#epoch);
  }

  /** Ends for good: what still runs is cut, and what it measured goes with the rest. */
  #end(end: AgentEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#ending = end;
    this.#clock.clearTimer(this.#cutTimer);
    if (this.#users.running === 0) {
      this.#hangUp();
      return;
    }
    this.#cutTimer = this.#clock.setTimer(END_GRACE_MS, () => this.#hangUp());
    void this.#users.clear().then(() => this.#hangUp());
  }

  #hangUp(): void {
    this.#clock.clearTimer(this.#cutTimer);
    this.#users.dispose();
    this.#reporter.finish();
    this.#link.close();
  }

  #onClosed(intervals: readonly OutgoingInterval[]): void {
    const end = this.#ending ?? { message: 'the connection was closed', hint: '' };
    const runId = this.#config?.runId;
    if (runId === undefined || intervals.length === 0) this.#finish(end);
    else this.#finish({ ...end, held: { runId, workerId: this.#workerId, intervals } });
  }
}
