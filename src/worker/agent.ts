import type { TimerHandle } from '../base/clock.ts';
import type { ErrorCode } from '../base/errors.ts';
import { Recorder } from '../stats/recorder/recorder.ts';
import type { ClockEstimate } from './clock/clock-sync.ts';
import { type LeaseSurroundings, LeaseWork, type WorkerStanding } from './lease-work.ts';
import type { OutgoingInterval } from './link/interval-outbox.ts';
import type { LinkEvent } from './link/master-link.ts';
import type { ScriptHost } from './script/script-host.ts';
import { WorkerScript } from './worker-script.ts';

/** How long users may take to come back from their cut when the worker ends. */
const END_GRACE_MS = 1000;

/** What an agent is made of. */
export interface AgentOptions extends LeaseSurroundings {
  readonly scripts: ScriptHost;
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

type JoinedEvent = Extract<LinkEvent, { type: 'joined' }>;

/**
 * A worker: loads the script that the master sends, starts and stops users as ordered, measures,
 * reports every second, and leaves nothing undelivered behind. What it does under a lease is the
 * business of `LeaseWork`; a lease that is lost ends its work, and the next one begins another.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #script: WorkerScript;
  readonly #standing: WorkerStanding = { isLeaving: false, isRunEnding: false };
  #finish: (end: AgentEnd) => void = () => undefined;
  /** Absent before the first lease. */
  #work: LeaseWork | undefined;
  /** What the master said with the newest lease. */
  #lease: JoinedEvent | undefined;
  #estimate: ClockEstimate | undefined;
  #ending: AgentEnd | undefined;
  #graceTimer: TimerHandle | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#script = new WorkerScript(options.scripts, options.link, new Recorder());
  }

  /** Joins and works until the run is over or the master is given up. */
  run(): Promise<AgentEnd> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#options.link.start((event) => this.#onEvent(event));
    });
  }

  /** How many users run here now. */
  get runningUsers(): number {
    return this.#work?.runningUsers ?? 0;
  }

  /** Hands the users over and leaves: they end gracefully, everything is delivered, `run` resolves. */
  leave(): void {
    if (this.#work === undefined) {
      this.#end({ message: 'left before the run began', hint: '' });
      return;
    }
    this.#standing.isLeaving = true;
    if (this.#ending === undefined) this.#work.handOver();
  }

  /** Cuts everything and goes at once, delivering what can be delivered without waiting. */
  abort(): void {
    this.#end({ message: 'cut short', hint: '' });
  }

  #onEvent(event: LinkEvent): void {
    if (event.type === 'closed') this.#onClosed(event.held);
    if (this.#ending !== undefined) return;
    switch (event.type) {
      case 'joined':
        this.#options.log('info', joinedText(event));
        if (!event.resumed) this.#join(event);
        else if (event.isNewMaster) this.#work?.tellNewMaster();
        break;
      case 'message':
        if (event.message.type !== 'finished') this.#work?.obey(event.message);
        else this.#end({ message: 'the run is over', hint: '' });
        break;
      case 'clock':
        this.#estimate = event.estimate;
        this.#work?.clock(event.estimate);
        break;
      case 'orphaned':
        this.#onOrphaned(event.silentMs);
        break;
      case 'note':
        this.#options.log(event.level, event.text);
        break;
      case 'ended':
        this.#end({ code: event.code, message: event.message, hint: event.hint });
        break;
    }
  }

  #join(event: JoinedEvent): void {
    const { epoch, workerId, config, script = new Uint8Array() } = event;
    const terms = { epoch, workerId, config, script, estimate: this.#estimate };
    this.#lease = event;
    const work = new LeaseWork(this.#options, this.#script, this.#standing, terms, this.#work);
    this.#work = work;
    void work.begin();
  }

  #onOrphaned(silentMs: number): void {
    const seconds = Math.round(silentMs / 1000);
    this.#options.log('warn', `nothing heard from the master for ${seconds} s: stopping the load`);
    this.#work?.handOver();
  }

  /** Ends for good: what still runs is cut, and what it measured goes with the rest. */
  #end(end: AgentEnd): void {
    if (this.#ending !== undefined) return;
    this.#ending = end;
    const work = this.#work;
    if (work?.hasUsers !== true) {
      void work?.drop();
      this.#hangUp();
      return;
    }
    this.#graceTimer = this.#options.clock.setTimer(END_GRACE_MS, () => this.#hangUp());
    void work.drop().then(() => this.#hangUp());
  }

  #hangUp(): void {
    this.#options.clock.clearTimer(this.#graceTimer);
    this.#work?.abandon();
    this.#options.link.close();
  }

  #onClosed(intervals: readonly OutgoingInterval[]): void {
    const end = this.#ending ?? { message: 'the connection was closed', hint: '' };
    const lease = this.#lease;
    if (lease === undefined || intervals.length === 0) this.#finish(end);
    else {
      const { config, workerId } = lease;
      this.#finish({ ...end, held: { runId: config.runId, workerId, intervals } });
    }
  }
}

/** Says as what this worker works from now on. */
function joinedText({ workerId, config, resumed, isNewMaster }: JoinedEvent): string {
  if (!resumed) return `joined the run ${config.runId} as ${workerId}`;
  return isNewMaster
    ? `joined the master that carries the run on, still as ${workerId}`
    : `found the master again, still as ${workerId}`;
}
