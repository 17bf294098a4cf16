import type { TimerHandle } from '../../base/clock.ts';
import { assert, KatydidError } from '../../base/errors.ts';
import { msToUs } from '../../base/units.ts';
import type { HoldingState } from '../../protocol/messages/worker-messages.ts';
import type { Member } from '../fleet/member.ts';
import type { ResumedRun } from '../fleet/resumed-run.ts';
import { ShapeFollower, type ShapeListener } from '../users/shape-follower.ts';
import { startLeadMs } from '../users/start-lead.ts';
import type { LifeEffect } from './lifecycle.ts';
import { asKatydidError, Preparation } from './preparation.ts';
import type { Publisher } from './publisher.ts';
import type { RunParts } from './run-parts.ts';

/**
 * Brings a run from waiting to running: enough workers, the script's preparations, what the shape wants,
 * the first orders. Lets in workers that come later, and says when the run time is over.
 */
export class RunStart implements ShapeListener {
  readonly #parts: RunParts;
  readonly #publisher: Publisher;
  readonly #preparation: Preparation | undefined;
  readonly #shape: ShapeFollower | undefined;
  #limitTimer: TimerHandle | undefined;

  constructor(parts: RunParts, publisher: Publisher) {
    this.#parts = parts;
    this.#publisher = publisher;
    const { hooks, options } = parts;
    if (hooks !== undefined) this.#preparation = new Preparation(hooks, parts);
    if (options.shape !== undefined) this.#shape = new ShapeFollower(parts, this);
  }

  /** Whether the script's part before the run was done. */
  get isScriptSetUp(): boolean {
    return this.#preparation?.isSetUp ?? false;
  }

  /** Waits for workers, but not for longer than was asked for; enough may be there already. */
  awaitWorkers(): void {
    const { clock, options, course } = this.#parts;
    const { maxWaitMs, expectedWorkers: expected } = options;
    if (maxWaitMs !== undefined) {
      this.#limitTimer = clock.setTimer(maxWaitMs, () => {
        const there = this.#readyWorkers().length;
        course.happen({ type: 'nobody-came', there, expected, waitedMs: maxWaitMs });
      });
    }
    if (this.#isEnough()) course.happen({ type: 'enough-workers' });
  }

  /** Waits for no more workers. */
  endWait(): void {
    this.#parts.clock.clearTimer(this.#limitTimer);
  }

  /** Takes up a run that another process has begun, or was about to. */
  resume({ startUs, setupData }: ResumedRun): void {
    const { hooks, course } = this.#parts;
    if (setupData !== undefined || startUs !== undefined) {
      this.#preparation?.restore(setupData ?? null);
      hooks?.resume(setupData ?? null);
    }
    if (startUs === undefined) this.awaitWorkers();
    else course.happen({ type: 'resumed', startUs });
  }

  /** Goes on with a run that started at this instant. */
  takeUp(startUs: number): void {
    const { load, time, options } = this.#parts;
    time.begin(startUs);
    const second = Math.max(0, Math.ceil(time.nowMs / 1000));
    if (this.#shape?.begin(second) === false) return;
    load.resume(options.resumed?.hasOtherLoad ?? false);
    this.#shape?.follow(second + 1);
    this.#limitRunTime(-time.nowMs);
  }

  /** A worker of a run that was resumed is there again, and may have users. */
  onBack(member: Member, { isPrepared, isStarted }: HoldingState): void {
    const { hooks, course } = this.#parts;
    if (isPrepared) this.#preparation?.assume(member);
    if (isStarted) {
      hooks?.workerReady(member.workerId);
      return;
    }
    this.onReady(member);
    if (isPrepared && course.isRunning) this.#startLate(member);
    else this.#preparation?.check();
  }

  /** A worker has loaded the script. */
  onReady(member: Member): void {
    const { hooks, course, fleet } = this.#parts;
    hooks?.workerReady(member.workerId);
    switch (course.life.phase) {
      case 'waiting':
        if (this.#isEnough()) course.happen({ type: 'enough-workers' });
        else this.#publisher.publish();
        break;
      case 'preparing':
        if (this.#preparation === undefined) this.#publisher.publish();
        else this.#preparation.tell(member);
        break;
      case 'running':
        if (this.#preparation === undefined) this.#startLate(member);
        else this.#preparation.tell(member);
        break;
      default:
        fleet.send(member, { type: 'stop', timeoutMs: 0 });
    }
  }

  /** A worker's script is done with its preparations. */
  onPrepared(member: Member): void {
    if (this.#preparation?.prepared(member) !== true) return;
    if (this.#parts.course.isRunning) this.#startLate(member);
    else this.#preparation.check();
  }

  /** A worker is gone: the run may have waited for it alone. */
  onLost(): void {
    if (this.#parts.course.isWaiting) this.#preparation?.check();
  }

  /** Starts with the workers that are there. @returns What was done. */
  startNow(): string {
    const { course } = this.#parts;
    if (!course.isWaiting) return 'the run has started already';
    if (this.#readyWorkers().length === 0) {
      throw new KatydidError('KAT_NO_WORKERS', 'no worker has joined yet');
    }
    course.happen({ type: 'enough-workers' });
    return 'started';
  }

  /** Nothing is started, and nothing ends by itself, from now on. */
  close(): void {
    this.endWait();
    this.#shape?.close();
  }

  shapeEnded(): void {
    this.#parts.course.happen({ type: 'stop', reason: 'shape' });
  }

  shapeFailed(error: unknown): void {
    const { course } = this.#parts;
    course.happen({ type: 'stop', reason: 'script', error: asKatydidError(error) });
  }

  /** Enough workers are there: the script may have something to do before the first user. */
  prepare(): void {
    if (this.#preparation === undefined) this.#parts.course.happen({ type: 'prepared' });
    else if (this.#preparation.hasBegun) this.#preparation.tellAll();
    else this.#preparation.begin();
  }

  /** The run file must know who takes part: a master that crashes and is resumed waits for all of them. */
  recordWorkers(): void {
    const workers = this.#readyWorkers();
    void this.#parts.journal.commit().then(() => {
      const { course } = this.#parts;
      if (!course.isWaiting) return;
      const stored = workers.filter((member) => member.state === 'ready');
      if (stored.length === 0) course.happen({ type: 'none-left' });
      else if (this.#shape?.begin() !== false) this.#recorded(stored);
    });
  }

  #recorded(stored: readonly Member[]): void {
    const { clock, options, course } = this.#parts;
    const roundTripsUs = stored.map((member) => member.roundTripUs);
    const leadMs = startLeadMs(roundTripsUs, options.users);
    const startUs = clock.nowUs() + msToUs(leadMs);
    const workerIds = stored.map((member) => member.workerId);
    course.happen({ type: 'recorded', workerIds, startUs, leadMs });
  }

  /** Gives these workers their start and the first orders; the others follow. */
  startWorkers(effect: LifeEffect & { readonly type: 'start-workers' }): void {
    const { workerIds, startUs, leadMs } = effect;
    const { clock, time, fleet, load, journal, log } = this.#parts;
    log.starting(startUs);
    time.begin(startUs);
    journal.info({ startedAtEpochMs: clock.epochMs() + leadMs, workers: workerIds.length });
    for (const workerId of workerIds) fleet.sendTo(workerId, { type: 'start', startAtUs: startUs });
    load.begin(workerIds);
    this.#shape?.follow();
    this.#limitRunTime(leadMs);
    if (this.#preparation !== undefined) return;
    const others = this.#readyWorkers().filter(({ workerId }) => !workerIds.includes(workerId));
    for (const member of others) this.#startLate(member);
  }

  /** @param fromMs - When the run starts, in milliseconds from now; below 0: it has started. */
  #limitRunTime(fromMs: number): void {
    const { clock, course, options } = this.#parts;
    if (options.runTimeMs === undefined) return;
    this.#limitTimer = clock.setTimer(fromMs + options.runTimeMs, () =>
      course.happen({ type: 'run-time' }),
    );
  }

  /** A worker that came later takes part, once the run file knows it. */
  #startLate(member: Member): void {
    const { fleet, load, journal, course, time } = this.#parts;
    const { epoch } = member;
    const startAtUs = time.startUs;
    assert(startAtUs !== undefined, 'a running run has started');
    void journal.commit().then(() => {
      if (!course.isRunning || member.state !== 'ready' || member.epoch !== epoch) return;
      fleet.send(member, { type: 'start', startAtUs });
      load.addWorker(member.workerId);
    });
  }

  #readyWorkers(): Member[] {
    return this.#parts.fleet.members().filter((member) => member.state === 'ready');
  }

  /** Where the script has set up already, any worker is enough: the run was about to start. */
  #isEnough(): boolean {
    const ready = this.#readyWorkers().length;
    if (this.#preparation?.hasBegun === true) return ready > 0;
    return ready >= this.#parts.options.expectedWorkers;
  }
}
