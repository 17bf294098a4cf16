import type { Clock, TimerHandle } from '../base/clock.ts';
import type { KatydidError } from '../base/errors.ts';
import { msToUs } from '../base/units.ts';
import type { Transport } from '../protocol/channel/transport.ts';
import type { ControlCommand } from '../protocol/messages/control-messages.ts';
import type { WorkerMessage } from '../protocol/messages/worker-messages.ts';
import { RunAggregate } from '../stats/aggregate/run-aggregate.ts';
import type { LogLevel } from '../stats/snapshot/run-snapshot.ts';
import type { StopReason } from '../store/record/run-record.ts';
import { Fleet } from './fleet/fleet.ts';
import type { ArrivedInterval, FleetListener } from './fleet/fleet-listener.ts';
import type { Member } from './fleet/member.ts';
import { drainedEvent, lastedUs, type ResumedRun } from './fleet/resumed-run.ts';
import { takeStored } from './record/interval-intake.ts';
import { Journal, type StoredIntervals } from './record/journal.ts';
import { RunLog } from './record/run-log.ts';
import { RunTime } from './record/run-time.ts';
import { SnapshotBuilder } from './record/snapshot-builder.ts';
import { TallyDesk } from './record/tally-desk.ts';
import { WorkerNews } from './record/worker-news.ts';
import { Adoption } from './run/adoption.ts';
import { carryOut } from './run/carry-out.ts';
import { concludeRun } from './run/conclude-run.ts';
import { LoneWatch } from './run/lone-watch.ts';
import { allWorkersLost, workerProcessEnded } from './run/no-workers.ts';
import type { RunMasterOptions } from './run/run-master-options.ts';
import type { RunOutcome } from './run/run-outcome.ts';
import { RunStart } from './run/run-start.ts';
import { ScriptDesk } from './run/script-desk.ts';
import { Spawning } from './run/spawning.ts';
import { takeMessage } from './run/take-message.ts';
import { tickDelayMs } from './run/tick-delay.ts';
import { LoadControl } from './users/load-control.ts';

/** After the stop timeout, time for the last intervals before a worker is given up. */
const STOP_GRACE_MS = 5000;
/** After a forced stop, the same. */
const FORCED_GRACE_MS = 2000;
/**
 * A run: waits for workers, starts it, follows it, ends it. Owns no socket, file or process; all of
 * that is passed in, so that whole runs can be simulated.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | waiting | as many workers ready as expected, or «start now» | running |
 * | waiting | stop, or the longest wait is over, or the script does not load | finished |
 * | running | run time over, stop, users done, script, all workers lost | stopping |
 * | stopping | every worker drained and stored, or given up | finished |
 */
export class RunMaster {
  readonly #options: RunMasterOptions;
  readonly #clock: Clock;
  readonly #fleet: Fleet;
  readonly #journal: Journal;
  readonly #load: LoadControl;
  readonly #aggregate = new RunAggregate();
  readonly #snapshots: SnapshotBuilder;
  readonly #log: RunLog;
  readonly #news: WorkerNews;
  readonly #tallies: TallyDesk;
  readonly #alone: LoneWatch;
  readonly #start: RunStart;
  readonly #adoption: Adoption;
  /** What the run does for the load file on the master. */
  readonly desk: ScriptDesk;
  /** Whether the last user has ended; what follows is the script's and the run file's. */
  #isEnding = false;
  #endedAtMs = 0;
  #state: 'waiting' | 'running' | 'stopping' | 'finished' = 'waiting';
  #resolve: (outcome: RunOutcome) => void = () => undefined;
  readonly #time: RunTime;
  #stopReason: StopReason = 'control';
  #cutAtUs: number | undefined;
  #error: KatydidError | undefined;
  #isForced = false;
  readonly #spawning: Spawning;
  /** Since the run's start; 0 where none is known to have run. */
  #lastUserEndUs = 0;
  #tickTimer: TimerHandle | undefined;
  #giveUpTimer: TimerHandle | undefined;

  constructor(options: RunMasterOptions) {
    const { clock, lateAfterMs, onLog, onEvent, resumed } = options;
    const time = new RunTime(clock);
    this.#time = time;
    this.#options = options;
    this.#clock = clock;
    const listener = this.#fleetListener();
    this.#fleet = new Fleet({ ...options, restored: resumed?.workers, listener });
    const stored = {
      onStored: (intervals: StoredIntervals) => this.#onStored(intervals),
      onDiskFull: (error: KatydidError) => {
        this.#log.line('error', error.message);
        this.stop('disk-full');
      },
      onFailed: (error: KatydidError) => this.#onStoreFailed(error),
    };
    this.#journal = new Journal(options.store, this.#aggregate, stored, resumed?.masterEpoch);
    this.#snapshots = new SnapshotBuilder(options.facts, this.#aggregate);
    const journal = this.#journal;
    this.#log = new RunLog({ journal, snapshots: this.#snapshots, time, onLog, onEvent });
    this.#news = new WorkerNews(this.#log, this.#journal, lateAfterMs);
    this.#tallies = new TallyDesk({
      journal,
      aggregate: this.#aggregate,
      usersOf: (workerId) => this.#load.usersOf(workerId),
      time,
    });
    this.#alone = new LoneWatch({
      clock,
      fleet: this.#fleet,
      waitMs: options.workerWaitMs,
      isRunning: () => this.#state === 'running',
      onAlone: () => this.stop('lost-workers', allWorkersLost()),
    });
    this.#load = new LoadControl({
      ...options,
      time,
      log: this.#log,
      post: this.#fleet,
    });
    this.desk = new ScriptDesk({
      fleet: this.#fleet,
      aggregate: this.#aggregate,
      journal,
      log: this.#log,
      runMs: () => (this.#isEnding ? this.#endedAtMs : this.#time.nowMs),
    });
    this.#start = this.#createStart(options);
    this.#adoption = new Adoption({
      fleet: this.#fleet,
      load: this.#load,
      start: this.#start,
      news: this.#news,
      state: () => this.#state,
      onStopped: () => this.stop('control'),
      onExhausted: () => this.stop(this.#load.areIterationsMade ? 'iterations' : 'users-done'),
    });
    if (resumed !== undefined) this.#aggregate.restore(resumed.record);
    this.#spawning = new Spawning({
      fleet: this.#fleet,
      load: this.#load,
      log: this.#log,
      hooks: options.hooks,
      currentUsers: () => this.#aggregate.users.now,
      isComplete: resumed?.isSpawned ?? false,
    });
    this.#lastUserEndUs = resumed === undefined ? 0 : lastedUs(resumed.record);
  }

  /** Runs to the end. Never rejects: what went wrong is in the outcome. */
  run(): Promise<RunOutcome> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const { resumed } = this.#options;
      if (resumed === undefined) this.#start.wait();
      else this.#resume(resumed);
      this.#tick();
    });
  }

  #resume(resumed: ResumedRun): void {
    this.#start.resume(resumed);
    this.#log.event('master-resumed', { workers: resumed.workers.length });
    const seconds = Math.ceil(this.#fleet.restoredForMs / 1000);
    this.#log.line('info', `the run goes on: its workers have ${seconds} s to come back`);
    if (resumed.stopReason !== undefined && this.#state === 'running') {
      this.stop(resumed.stopReason);
    }
  }

  /** Whether it can do its work: what workers deliver can be stored. */
  get isHealthy(): boolean {
    return this.#journal.canStore;
  }

  /** Takes over the authenticated connection of a worker. */
  acceptWorker(transport: Transport): void {
    this.#fleet.accept(transport);
  }

  /** Does what a person asks for. @returns What was done. @throws {KatydidError} Where it cannot be. */
  carryOut(command: ControlCommand): string {
    const done = carryOut(command, {
      state: this.#state,
      load: this.#load,
      start: this.#start,
      stop: (reason) => this.stop(reason),
      force: () => this.force('control'),
      resetStats: () => this.#resetStats(),
      publish: () => this.#publish(),
    });
    // For whoever carries the run on.
    void this.#journal.commit();
    return done;
  }

  /** Stops gracefully; only the first reason counts. */
  stop(reason: StopReason, error?: KatydidError): void {
    if (this.#state === 'finished' || this.#state === 'stopping') return;
    this.#error ??= error;
    this.#stopReason = reason;
    this.#start.close();
    this.#alone.close();
    if (this.#state === 'waiting') {
      this.#finish();
      return;
    }
    this.#state = 'stopping';
    const { stopTimeoutMs } = this.#options.config;
    this.#options.hooks?.stopping();
    this.#log.event('stopping', { reason, users: this.#aggregate.users.now });
    this.#log.line(
      'info',
      `stopping (${reason}): running iterations have ${stopTimeoutMs / 1000} s`,
    );
    this.#cutAtUs = this.#clock.nowUs() + msToUs(stopTimeoutMs);
    this.#fleet.broadcast({ type: 'stop', timeoutMs: stopTimeoutMs });
    // Workers of a run that was resumed have to come back first.
    // A master that is killed now must know that it was stopping.
    void this.#journal.commit();
    this.#giveUpAfter(Math.max(stopTimeoutMs + STOP_GRACE_MS, this.#fleet.restoredForMs));
    this.#publish();
    this.#checkDone();
  }

  /** Cuts what still runs and ends with what there is. @param reason - Where it was not stopping yet. */
  force(reason: StopReason = 'signal'): void {
    if (this.#state === 'finished') return;
    this.#isForced = true;
    this.stop(reason);
    if (this.#isOver()) return;
    if (this.#isEnding) {
      // What the script still does at the end has had its time.
      this.#conclude();
      return;
    }
    this.#cutAtUs = this.#clock.nowUs();
    this.#fleet.broadcast({ type: 'cut' });
    this.#giveUpAfter(FORCED_GRACE_MS);
  }

  /** A local worker's process is gone. */
  processGone(pid: number, why: string): void {
    if (this.#state !== 'waiting') {
      this.#fleet.processGone(pid, why);
      return;
    }
    // It was one of those that the run waits for.
    this.stop('lost-workers', workerProcessEnded(why));
  }

  /** Somebody was not let in. */
  refused(peer: string, why: string): void {
    this.#log.line('warn', `refused ${peer}: ${why}`);
  }

  /** Adds a line to the run's log. */
  log(level: LogLevel, text: string, workerId: string | null = null): void {
    this.#log.line(level, text, workerId);
  }

  /** Ends all connections of workers in good order. */
  close(): void {
    this.#fleet.close();
  }

  #fleetListener(): FleetListener {
    return {
      onJoined: (member) => this.#onJoined(member),
      onMessage: (member, message) => this.#onMessage(member, message),
      onHolding: (member, message) => this.#adoption.onHolding(member, message),
      onInterval: (interval) => this.#onInterval(interval),
      onLate: (member, isLate) => this.#news.late(member, isLate),
      onTally: (member) => this.#tallies.heard(member),
      onLost: (member, why, hadUsers) => this.#onLost(member, why, hadUsers),
      onBlocked: (member) => this.#news.blocked(member),
      onRefused: (peer, why) => this.refused(peer, why),
    };
  }

  #atMs(): number {
    return this.#state === 'finished' ? this.#lastUserEndUs / 1000 : this.#time.nowMs;
  }

  #isOver(): boolean {
    return this.#state === 'finished';
  }

  #onJoined(member: Member): void {
    this.#alone.check();
    if (member.epoch > 1) this.#aggregate.regainWorker(member.workerId);
    this.#news.joined(member);
    this.#publish();
  }

  #onMessage(member: Member, message: WorkerMessage): void {
    if (message.type === 'ready') this.#tallies.delivered(member);
    takeMessage(member, message, {
      state: this.#state,
      hooks: this.#options.hooks,
      load: this.#load,
      log: this.#log,
      lines: this.desk.lines,
      news: this.#news,
      start: this.#start,
      stop: (reason, error) => this.stop(reason, error),
      onDrained: (lastUserEndUs) => {
        this.#noteUserEnd(lastUserEndUs);
        this.#journal.event(drainedEvent(member.workerId, this.#time.nowMs, lastUserEndUs));
        // The last intervals of a stop are stored at once.
        void this.#journal.commit().then(() => this.#checkDelivered(member));
      },
    });
  }

  #createStart(run: RunMasterOptions): RunStart {
    return new RunStart({
      clock: this.#clock,
      run,
      fleet: this.#fleet,
      load: this.#load,
      journal: this.#journal,
      time: this.#time,
      aggregate: this.#aggregate,
      state: () => this.#state,
      onStart: (startUs) => {
        this.#time.begin(startUs);
        this.#state = 'running';
      },
      onStarted: () => this.#tick(),
      stop: (reason, error) => this.stop(reason, error),
      publish: () => this.#publish(),
    });
  }

  #resetStats(): string {
    const second = this.#aggregate.resetStats(Math.max(0, Math.floor(this.#time.nowMs / 1000) + 1));
    this.#journal.phase(second);
    this.#options.hooks?.statsReset();
    this.#log.event('stats-reset', { second });
    this.#log.line('info', `statistics start again at ${second} s`);
    return `statistics start again at ${second} s`;
  }

  #onInterval(arrived: ArrivedInterval): void {
    this.#journal.interval(arrived);
    if (this.#state === 'stopping') void this.#journal.commit();
  }

  #onStored(stored: StoredIntervals): void {
    const { exceptions } = this.desk;
    const readers = { aggregate: this.#aggregate, fleet: this.#fleet, log: this.#log, exceptions };
    for (const member of takeStored(stored, readers)) this.#checkDelivered(member);
  }

  /** A worker that is drained, with everything stored, has done its part. */
  #checkDelivered(member: Member): void {
    const isDelivered = this.#journal.hasFailed ? member.isReceived : member.isDelivered;
    if (!isDelivered || this.#isOver() || !member.drain()) return;
    if (this.#state !== 'stopping') {
      // It left, or its users ended for want of a master; the run goes on with the others.
      this.#fleet.finish(member);
      this.#news.finished(member);
      this.#load.removeWorker(member.workerId, true);
      this.#alone.check();
    }
    this.#checkDone();
  }

  #onLost(member: Member, why: string, hadUsers: boolean): void {
    const { workerId, lastHeardUs, isRestored } = member;
    this.#tallies.lost(member, hadUsers);
    this.#aggregate.loseWorker(workerId);
    // Its users ran at least until then.
    const { startUs } = this.#time;
    if (startUs !== undefined && !isRestored) this.#noteUserEnd(lastHeardUs - startUs);
    this.#news.lost(member, why, this.#aggregate.ledger().unknown);
    if (this.#state === 'running') {
      this.#load.removeWorker(workerId, true);
      this.#alone.check();
    }
    this.#start.onLost();
    this.#adoption.check();
    this.#publish();
    this.#checkDone();
  }

  #noteUserEnd(atUs: number): void {
    this.#lastUserEndUs = Math.max(this.#lastUserEndUs, atUs);
  }
  #onStoreFailed(error: KatydidError): void {
    this.#log.line('error', error.message);
    this.#error ??= error;
    // Nothing that comes now can be kept, so there is nothing to wait for.
    this.force('disk-full');
  }

  #giveUpAfter(delayMs: number): void {
    this.#clock.clearTimer(this.#giveUpTimer);
    this.#giveUpTimer = this.#clock.setTimer(delayMs, () => {
      for (const member of this.#fleet.members()) {
        if (!member.isPending) continue;
        // All that it has is here, and only waits for the disk.
        if (member.isReceived) member.drain();
        else this.#fleet.giveUp(member, 'it did not end within the stop timeout');
      }
      this.#checkDone();
    });
  }

  #checkDone(): void {
    if (this.#state !== 'stopping') return;
    const members = this.#fleet.members();
    if (members.every((each) => !each.isPending)) this.#finish();
  }

  /** No user runs any more: the script may have something to do after the last one. */
  #finish(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#state = 'stopping';
    this.#endedAtMs = this.#time.nowMs;
    this.#clock.clearTimer(this.#giveUpTimer);
    this.#start.close();
    const { hooks } = this.#options;
    if (hooks === undefined) this.#conclude();
    else void hooks.end(this.#start.isScriptSetUp).then(() => this.#conclude());
  }

  #conclude(): void {
    if (this.#isOver()) return;
    this.#state = 'finished';
    this.#clock.clearTimer(this.#tickTimer);
    this.desk.end();
    const end = {
      endedAtEpochMs: this.#clock.epochMs(),
      durationSeconds: this.#lastUserEndUs / 1e6,
      stopReason: this.#stopReason,
    };
    const [fleet, journal, log, news] = [this.#fleet, this.#journal, this.#log, this.#news];
    void concludeRun(end, { fleet, journal, log, news }).then(() => {
      this.#publish();
      this.#resolve({
        stopReason: this.#stopReason,
        isForced: this.#isForced,
        ...(this.#error === undefined ? {} : { error: this.#error }),
      });
    });
  }

  #tick(): void {
    this.#clock.clearTimer(this.#tickTimer);
    if (this.#isOver()) return;
    const delayMs = tickDelayMs(this.#time.startUs === undefined ? undefined : this.#time.nowMs);
    this.#tickTimer = this.#clock.setTimer(delayMs, () => {
      this.#fleet.tick();
      this.#checkBack();
      this.#tallies.flush();
      void this.#journal.commit().then(() => {
        if (this.#isOver()) return;
        this.#checkSpawned();
        this.#publish();
      });
      this.#tick();
    });
  }

  /** Whether those of a run that was resumed are there, or nobody is. */
  #checkBack(): void {
    if (this.#options.resumed === undefined) return;
    this.#adoption.check();
    this.#alone.check();
  }

  #checkSpawned(): void {
    if (this.#state !== 'running') return;
    if (this.#spawning.check() && this.#options.resetStats) this.#resetStats();
  }

  #publish(): void {
    const { wanted, isSettled } = this.#load.progress();
    this.#options.onSnapshot(
      this.#snapshots.build({
        atMs: this.#time.startUs === undefined ? null : this.#atMs(),
        nowUs: this.#clock.nowUs(),
        state: this.#state === 'running' ? (isSettled ? 'steady' : 'ramping') : this.#state,
        targetUsers: this.#state === 'waiting' ? this.#load.users : wanted,
        spawnRate: this.#load.spawnRate,
        cutAtUs: this.#cutAtUs,
        members: this.#fleet.members(),
      }),
    );
  }
}
