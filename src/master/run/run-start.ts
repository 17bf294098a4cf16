import type { Clock, TimerHandle } from '../../base/clock.ts';
import { assert, InternalError, KatydidError, messageOf } from '../../base/errors.ts';
import { msToUs } from '../../base/units.ts';
import type { HoldingState } from '../../protocol/messages/worker-messages.ts';
import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import type { StopReason } from '../../store/record/run-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import type { ResumedRun } from '../fleet/resumed-run.ts';
import type { Journal } from '../record/journal.ts';
import type { RunTime } from '../record/run-time.ts';
import type { LoadControl } from '../users/load-control.ts';
import { ShapeFollower } from '../users/shape-follower.ts';
import { Preparation } from './preparation.ts';
import type { RunMasterOptions } from './run-master-options.ts';
import { startLeadMs } from './start-lead.ts';

/** What the start of a run works with. */
export interface RunStartOptions {
  readonly clock: Clock;
  readonly run: RunMasterOptions;
  readonly fleet: Fleet;
  readonly load: LoadControl;
  readonly journal: Journal;
  readonly time: RunTime;
  readonly aggregate: RunAggregate;
  /** Where the run stands. */
  readonly state: () => 'waiting' | 'running' | 'stopping' | 'finished';
  /** The run begins at this instant of the master's clock. */
  readonly onStart: (startUs: number) => void;
  /** It has begun: the workers have their orders. */
  readonly onStarted: () => void;
  readonly stop: (reason: StopReason, error?: KatydidError) => void;
  readonly publish: () => void;
}

/**
 * Brings a run from waiting to running: enough workers, the script's preparations, what the shape wants,
 * the first orders. Lets in workers that come later, and ends the run when its time is over.
 */
export class RunStart {
  readonly #options: RunStartOptions;
  readonly #preparation: Preparation | undefined;
  readonly #shape: ShapeFollower | undefined;
  #startUs: number | undefined;
  #isStarting = false;
  #limitTimer: TimerHandle | undefined;

  constructor(options: RunStartOptions) {
    const { run, fleet } = options;
    this.#options = options;
    const onFailed = (error: unknown): void => options.stop('script', asKatydidError(error));
    if (run.hooks !== undefined) {
      this.#preparation = new Preparation({
        hooks: run.hooks,
        ready: () => this.#readyWorkers(),
        send: (member, data) => fleet.send(member, { type: 'prepare', data }),
        onSetUp: (data) => run.onSetUp?.(data),
        onPrepared: () => {
          if (options.state() === 'waiting') this.#start();
        },
        onFailed,
      });
    }
    if (run.shape !== undefined) {
      this.#shape = new ShapeFollower({
        ...options,
        onEnd: () => options.stop('shape'),
        onFailed,
      });
    }
  }

  /** Whether the script's part before the run was done. */
  get isScriptSetUp(): boolean {
    return this.#preparation?.isSetUp ?? false;
  }

  /** Waits for workers, but not for longer than was asked for. */
  wait(): void {
    const { clock, run } = this.#options;
    const { maxWaitMs } = run;
    if (maxWaitMs === undefined) return;
    this.#limitTimer = clock.setTimer(maxWaitMs, () => this.#onNobodyCame(maxWaitMs));
  }

  /** Takes up a run that another process has begun, or was about to. */
  resume({ startUs, setupData, hasOtherLoad }: ResumedRun): void {
    const { clock, run, load, time, onStart, stop } = this.#options;
    if (setupData !== undefined || startUs !== undefined) {
      this.#preparation?.restore(setupData ?? null);
      run.hooks?.resume(setupData ?? null);
    }
    if (startUs === undefined) {
      this.wait();
      return;
    }
    this.#startUs = startUs;
    onStart(startUs);
    const second = Math.max(0, Math.ceil(time.nowMs / 1000));
    if (this.#shape?.begin(second) === false) return;
    load.resume(hasOtherLoad);
    this.#shape?.follow(second + 1);
    if (run.runTimeMs === undefined) return;
    this.#limitTimer = clock.setTimer(run.runTimeMs - time.nowMs, () => stop('run-time'));
  }

  /** A worker of a run that was resumed is there again, and may have users. */
  onBack(member: Member, { isPrepared, isStarted }: HoldingState): void {
    if (isPrepared) this.#preparation?.assume(member);
    if (isStarted) {
      this.#options.run.hooks?.workerReady(member.workerId);
      return;
    }
    this.onReady(member);
    if (isPrepared && this.#options.state() === 'running') this.#startLate(member);
    else this.#preparation?.check();
  }

  /** A worker has loaded the script. */
  onReady(member: Member): void {
    const { run, fleet, state, publish } = this.#options;
    run.hooks?.workerReady(member.workerId);
    if (state() === 'waiting') {
      if (this.#preparation?.hasBegun === true) this.#preparation.tell(member);
      else if (this.#readyWorkers().length >= run.expectedWorkers) this.#prepare();
      else publish();
    } else if (state() === 'running') {
      if (this.#preparation === undefined) this.#startLate(member);
      else this.#preparation.tell(member);
    } else {
      fleet.send(member, { type: 'stop', timeoutMs: 0 });
    }
  }

  /** A worker's script is done with its preparations. */
  onPrepared(member: Member): void {
    if (this.#preparation?.prepared(member) !== true) return;
    if (this.#options.state() === 'running') this.#startLate(member);
    else this.#preparation.check();
  }

  /** A worker is gone: those that are left may be all that was waited for. */
  onLost(): void {
    if (this.#options.state() === 'waiting') this.#preparation?.check();
  }

  /** Starts with the workers that are there. @returns What was done. */
  startNow(): string {
    if (this.#options.state() !== 'waiting') return 'the run has started already';
    if (this.#readyWorkers().length === 0) {
      throw new KatydidError('KAT_NO_WORKERS', 'no worker has joined yet');
    }
    this.#prepare();
    return 'started';
  }

  /** Nothing is started, and nothing ends by itself, from now on. */
  close(): void {
    this.#options.clock.clearTimer(this.#limitTimer);
    this.#shape?.close();
  }

  /** Enough workers are there: the script may have something to do before the first user. */
  #prepare(): void {
    this.#options.clock.clearTimer(this.#limitTimer);
    if (this.#preparation === undefined) {
      this.#start();
      return;
    }
    this.#preparation.begin();
    this.#options.publish();
  }

  /** Not before the run file knows who takes part: a master that crashes then must wait for all of them. */
  #start(): void {
    const { clock, journal, state } = this.#options;
    clock.clearTimer(this.#limitTimer);
    if (this.#isStarting) return;
    this.#isStarting = true;
    const workers = this.#readyWorkers();
    void journal.commit().then(() => {
      this.#isStarting = false;
      const stored = workers.filter((member) => member.state === 'ready');
      if (state() !== 'waiting') return;
      if (stored.length === 0) {
        this.#waitAgain();
        return;
      }
      this.#startWith(stored);
      if (this.#preparation !== undefined) return;
      const others = this.#readyWorkers().filter((member) => !stored.includes(member));
      for (const member of others) this.#startLate(member);
    });
  }

  /** All that the run would have begun with are gone; others may have come meanwhile. */
  #waitAgain(): void {
    this.wait();
    if (this.#readyWorkers().length >= this.#options.run.expectedWorkers) this.#start();
  }

  #startWith(workers: readonly Member[]): void {
    const { clock, run, fleet, load, journal, onStart, onStarted, stop } = this.#options;
    if (this.#shape?.begin() === false) return;
    const leadMs = startLeadMs(
      workers.map((member) => member.roundTripUs),
      run.users,
    );
    const startUs = clock.nowUs() + msToUs(leadMs);
    this.#startUs = startUs;
    run.onStart?.(startUs);
    onStart(startUs);
    journal.info({
      startedAtEpochMs: clock.epochMs() + leadMs,
      workers: workers.length,
    });
    for (const member of workers) fleet.send(member, { type: 'start', startAtUs: startUs });
    load.begin(workers.map((member) => member.workerId));
    this.#shape?.follow();
    if (run.runTimeMs !== undefined) {
      const untilEndMs = leadMs + run.runTimeMs;
      this.#limitTimer = clock.setTimer(untilEndMs, () => stop('run-time'));
    }
    onStarted();
  }

  /** A worker that came later takes part, once the run file knows it. */
  #startLate(member: Member): void {
    const { fleet, load, journal, state } = this.#options;
    const { epoch } = member;
    const startAtUs = this.#startUs;
    assert(startAtUs !== undefined, 'a running run has started');
    void journal.commit().then(() => {
      if (state() !== 'running' || member.state !== 'ready' || member.epoch !== epoch) return;
      fleet.send(member, { type: 'start', startAtUs });
      load.addWorker(member.workerId);
    });
  }

  #readyWorkers(): Member[] {
    return this.#options.fleet.members().filter((member) => member.state === 'ready');
  }

  #onNobodyCame(maxWaitMs: number): void {
    const { run, stop } = this.#options;
    const there = this.#readyWorkers().length;
    stop(
      'lost-workers',
      new KatydidError(
        'KAT_NO_WORKERS',
        `${there} of ${run.expectedWorkers} workers joined within ${maxWaitMs / 1000} s`,
        { hint: 'Start them with the command above, or ask for fewer with --expect-workers.' },
      ),
    );
  }
}

function asKatydidError(error: unknown): KatydidError {
  if (error instanceof KatydidError) return error;
  return new InternalError(messageOf(error), { cause: error });
}
