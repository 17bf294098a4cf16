import type { Clock, TimerHandle } from '../base/clock.ts';
import { type ErrorCode, messageOf } from '../base/errors.ts';
import type { MasterMessage, RunConfig, StartOrder } from '../protocol/master-messages.ts';
import type { ClockEstimate } from './clock-sync.ts';
import { IntervalReporter } from './interval-reporter.ts';
import type { LinkEvent, MasterLink } from './master-link.ts';
import type { LoadedScript, ScriptHost } from './script-host.ts';
import type { SelfReading } from './self-monitor.ts';
import { UserPool } from './user-pool.ts';

/** What an agent is made of. */
export interface AgentOptions {
  readonly clock: Clock;
  readonly link: MasterLink;
  readonly scripts: ScriptHost;
  readonly monitor: { read(): SelfReading };
  /** The worker's own log, beside what it sends to the master. */
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** How a worker's life ended. */
export interface AgentEnd {
  /** Absent: the run is over and everything was delivered. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * A worker: loads the script that the master sends, starts and stops users as ordered, measures,
 * reports every second, and leaves nothing undelivered behind.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | idle | joined | loading: script, first clock estimate |
 * | loading | both there | ready: `ready` is sent, orders are carried out |
 * | ready | stop, orphaned, leave | stopping: users end within the stop timeout, then are cut |
 * | stopping | no user left | drained: last interval and `drained` are sent |
 * | drained | finished | ended |
 * | any but idle | joined anew (lease lost) | users are cut, then loading under the new epoch |
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #link: MasterLink;
  readonly #reporter: IntervalReporter;
  readonly #users: UserPool;
  #finish: (end: AgentEnd) => void = () => undefined;
  #config: RunConfig | undefined;
  #script: LoadedScript | undefined;
  #estimate: ClockEstimate | undefined;
  #state: 'idle' | 'loading' | 'ready' | 'stopping' | 'drained' | 'ended' = 'idle';
  #cutTimer: TimerHandle | undefined;
  #lastUserEndUs = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#link = options.link;
    this.#users = new UserPool({
      clock: options.clock,
      createUser: (order) => this.#createUser(order),
      reportEnded: (users) => this.#link.send({ type: 'ended', users }),
      onEmpty: () => this.#onUsersGone(),
    });
    this.#reporter = new IntervalReporter({
      clock: options.clock,
      link: options.link,
      monitor: options.monitor,
      countUsers: () => this.#users.running,
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
    if (this.#state === 'idle' || this.#state === 'ended') {
      this.#end({ message: 'left before the run began', hint: '' });
      return;
    }
    this.#link.send({ type: 'leaving' });
    this.#stop(this.#config?.stopTimeoutMs ?? 0);
  }

  /** Cuts everything and goes at once, delivering what can be delivered without waiting. */
  abort(): void {
    this.#users.cut();
    this.#end({ message: 'cut short', hint: '' });
  }

  #onEvent(event: LinkEvent): void {
    if (this.#state === 'ended') return;
    switch (event.type) {
      case 'joined':
        if (!event.resumed) void this.#join(event);
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
        this.#stop(this.#config?.stopTimeoutMs ?? 0);
        break;
      case 'note':
        this.#options.log(event.level, event.text);
        break;
      case 'ended':
        this.#users.cut();
        this.#end({ code: event.code, message: event.message, hint: event.hint });
        break;
    }
  }

  async #join(event: Extract<LinkEvent, { type: 'joined' }>): Promise<void> {
    this.#state = 'loading';
    this.#config = event.config;
    this.#clock.clearTimer(this.#cutTimer);
    // Under a new lease no user of the old one may go on: the others may have them by now.
    await this.#users.clear();
    this.#reporter.beginEpoch(event.epoch);
    if (this.#script === undefined) {
      try {
        this.#script = await this.#options.scripts.load(
          event.script ?? new Uint8Array(),
          event.config,
        );
      } catch (error) {
        this.#options.log('error', messageOf(error));
        this.#link.send({ type: 'script-failed', message: messageOf(error) });
        return;
      }
    }
    this.#becomeReady();
  }

  #becomeReady(): void {
    if (this.#state !== 'loading' || this.#script === undefined) return;
    if (this.#estimate === undefined) return;
    this.#state = 'ready';
    this.#link.send({ type: 'ready' });
  }

  #onMessage(message: MasterMessage): void {
    switch (message.type) {
      case 'start': {
        const startUs = message.startAtUs - (this.#estimate?.offsetUs ?? 0);
        this.#reporter.begin(startUs);
        this.#users.begin(startUs);
        break;
      }
      case 'assign':
        this.#users.assign(message.starts, message.stops);
        break;
      case 'stop':
        this.#stop(message.timeoutMs);
        break;
      case 'cut':
        this.#stop(0);
        break;
      case 'finished':
        this.#end({ message: 'the run is over', hint: '' });
        break;
    }
  }

  #createUser(order: StartOrder): ReturnType<LoadedScript['createUser']> | undefined {
    const { recorder } = this.#reporter;
    return this.#script?.createUser(order, {
      sink: recorder,
      exception: (message, traceback) => recorder.exception(message, traceback),
      stopTest: (reason) => this.#link.send({ type: 'stop-test', reason }),
    });
  }

  /** Stops gracefully; may be said again with a shorter time. */
  #stop(timeoutMs: number): void {
    if (this.#state !== 'ready' && this.#state !== 'stopping' && this.#state !== 'loading') return;
    this.#state = 'stopping';
    this.#clock.clearTimer(this.#cutTimer);
    this.#users.stop();
    if (timeoutMs <= 0) this.#users.cut();
    else this.#cutTimer = this.#clock.setTimer(timeoutMs, () => this.#users.cut());
    if (this.#users.running === 0) this.#onUsersGone();
  }

  #onUsersGone(): void {
    this.#lastUserEndUs = this.#clock.nowUs();
    if (this.#state !== 'stopping') return;
    this.#state = 'drained';
    this.#clock.clearTimer(this.#cutTimer);
    const last = this.#reporter.finish();
    this.#link.send({
      type: 'drained',
      lastSequence: last.sequence,
      lastUserEndUs: Math.max(0, this.#lastUserEndUs - last.startUs),
    });
  }

  #end(end: AgentEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#clock.clearTimer(this.#cutTimer);
    this.#reporter.stop();
    this.#users.dispose();
    this.#link.close();
    this.#finish(end);
  }
}
