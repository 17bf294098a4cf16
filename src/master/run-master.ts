import type { Clock, TimerHandle } from '../base/clock.ts';
import { assert, KatydidError, messageOf, ScriptError } from '../base/errors.ts';
import { secondsToUs } from '../base/units.ts';
import { buildPlan } from '../load/plan.ts';
import { ClassSequence, type PlanClass } from '../load/user-classes.ts';
import type { ControlCommand } from '../protocol/control-messages.ts';
import { MAX_ORDERS, type RunConfig } from '../protocol/master-messages.ts';
import type { Transport } from '../protocol/transport.ts';
import type { WorkerMessage } from '../protocol/worker-messages.ts';
import { decodeInterval } from '../stats/interval-codec.ts';
import { RunAggregate } from '../stats/run-aggregate.ts';
import type { LogLevel, RunSnapshot } from '../stats/run-snapshot.ts';
import type { StopReason } from '../store/run-record.ts';
import { Dispatcher, type WorkerOrders } from './dispatcher.ts';
import { type ArrivedInterval, Fleet } from './fleet.ts';
import { Journal, type RunStore } from './journal.ts';
import type { Member } from './member.ts';
import { type RunFacts, SnapshotBuilder } from './snapshot-builder.ts';

/** The shared start instant lies so far ahead that every worker has its orders by then. */
const START_LEAD_MS = 250;
/** The once-a-second work is done so long after a second's end that the workers' intervals are there. */
const TICK_DELAY_MS = 300;
/** After the stop timeout, time for the last intervals before a worker is given up. */
const STOP_GRACE_MS = 5000;
/** After a forced stop, the same. */
const FORCED_GRACE_MS = 2000;

/** What a run is made of. */
export interface RunMasterOptions {
  readonly clock: Clock;
  readonly store: RunStore;
  readonly config: Omit<RunConfig, 'workerIndex'>;
  readonly script: { readonly bytes: Uint8Array; readonly sha256: string };
  readonly classes: readonly PlanClass[];
  readonly users: number;
  readonly spawnRate: number;
  readonly facts: RunFacts;
  readonly expectedWorkers: number;
  /** How long to wait for the expected workers; `undefined`: until stopped. */
  readonly maxWaitMs: number | undefined;
  /** Counted from the first user's start; `undefined`: until stopped. */
  readonly runTimeMs: number | undefined;
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  readonly resetStats: boolean;
  /** Each line of the log as it happens; `at` in milliseconds since the run's start. */
  readonly onLog: (line: {
    readonly at: number;
    readonly level: LogLevel;
    readonly workerId: string | null;
    readonly text: string;
  }) => void;
  /** Each event as it happens. */
  readonly onEvent: (kind: string, data: Readonly<Record<string, string | number>>) => void;
  /** Once a second, and at every change of state. */
  readonly onSnapshot: (snapshot: RunSnapshot) => void;
}

/** How a run ended. */
export interface RunOutcome {
  readonly stopReason: StopReason;
  /** Why it could not run, or not to its end. */
  readonly error?: KatydidError;
  /** Whether it was cut short by force. */
  readonly isForced: boolean;
}

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
  readonly #dispatcher: Dispatcher;
  readonly #aggregate = new RunAggregate();
  readonly #snapshots: SnapshotBuilder;
  #state: 'waiting' | 'running' | 'stopping' | 'finished' = 'waiting';
  #resolve: (outcome: RunOutcome) => void = () => undefined;
  /** Users and rate asked for, by the command line or by a person since. */
  #users: number;
  #spawnRate: number;
  #startUs: number | undefined;
  #stopReason: StopReason = 'control';
  #cutAtUs: number | undefined;
  #error: KatydidError | undefined;
  #isForced = false;
  #isSpawned = false;
  #lastUserEndUs = 0;
  #tickTimer: TimerHandle | undefined;
  #limitTimer: TimerHandle | undefined;
  #giveUpTimer: TimerHandle | undefined;

  constructor(options: RunMasterOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#users = options.users;
    this.#spawnRate = options.spawnRate;
    this.#fleet = new Fleet({
      clock: options.clock,
      config: options.config,
      script: options.script,
      lateAfterMs: options.lateAfterMs,
      lostAfterMs: options.lostAfterMs,
      listener: {
        onJoined: (member) => this.#onJoined(member),
        onMessage: (member, message) => this.#onMessage(member, message),
        onInterval: (interval) => this.#onInterval(interval),
        onLate: (member, isLate) => this.#onLate(member, isLate),
        onLost: (member, why) => this.#onLost(member, why),
        onBlocked: (member) => this.#onBlocked(member),
        onRefused: (peer, why) => this.refused(peer, why),
      },
    });
    this.#journal = new Journal(options.store, {
      onStored: (intervals) => this.#onStored(intervals),
      onDiskFull: (error) => {
        this.#log('error', error.message);
        this.stop('disk-full');
      },
      onFailed: (error) => this.#onStoreFailed(error),
    });
    this.#dispatcher = new Dispatcher({
      sequence: new ClassSequence(options.classes),
      rebalance: true,
      send: (workerId, orders) => this.#sendOrders(workerId, orders),
    });
    this.#snapshots = new SnapshotBuilder(options.facts, this.#aggregate);
  }

  /** Runs to the end. Never rejects: what went wrong is in the outcome. */
  run(): Promise<RunOutcome> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const { maxWaitMs } = this.#options;
      if (maxWaitMs !== undefined) {
        this.#limitTimer = this.#clock.setTimer(maxWaitMs, () => this.#onNobodyCame(maxWaitMs));
      }
      this.#tick();
    });
  }

  /** Takes over the authenticated connection of a worker. */
  acceptWorker(transport: Transport): void {
    this.#fleet.accept(transport);
  }

  /** Does what a person asks for. @returns What was done. @throws {KatydidError} Where it cannot be. */
  carryOut(command: ControlCommand): string {
    switch (command.type) {
      case 'add-users':
        return this.#changeUsers(this.#users + command.delta, command.spawnRate);
      case 'set-users':
        return this.#changeUsers(command.users, command.spawnRate);
      case 'set-spawn-rate':
        return this.#changeRate(command.spawnRate);
      case 'start-now':
        return this.#startNow();
      case 'stop':
        this.stop('control');
        return 'stopping';
      case 'force-stop':
        this.force();
        return 'stopping at once';
      case 'reset':
        return this.#resetStats();
    }
  }

  /** Stops gracefully; only the first reason counts. */
  stop(reason: StopReason, error?: KatydidError): void {
    if (this.#state === 'finished' || this.#state === 'stopping') return;
    this.#error ??= error;
    this.#stopReason = reason;
    this.#clock.clearTimer(this.#limitTimer);
    if (this.#state === 'waiting') {
      this.#finish();
      return;
    }
    this.#state = 'stopping';
    const { stopTimeoutMs } = this.#options.config;
    this.#event('stopping', { reason, users: this.#aggregate.users.now });
    this.#log('info', `stopping (${reason}): running iterations have ${stopTimeoutMs / 1000} s`);
    this.#cutAtUs = this.#clock.nowUs() + stopTimeoutMs * 1000;
    this.#fleet.broadcast({ type: 'stop', timeoutMs: stopTimeoutMs });
    this.#giveUpAfter(stopTimeoutMs + STOP_GRACE_MS);
    this.#checkDone();
    this.#publish();
  }

  /** Cuts what still runs and ends with what there is. */
  force(): void {
    if (this.#state === 'finished') return;
    this.#isForced = true;
    if (this.#state !== 'stopping') this.stop('signal');
    this.#cutAtUs = this.#clock.nowUs();
    this.#fleet.broadcast({ type: 'cut' });
    this.#giveUpAfter(FORCED_GRACE_MS);
  }

  /** A local worker's process is gone. */
  processGone(pid: number, why: string): void {
    this.#fleet.processGone(pid, why);
  }

  /** Somebody was not let in. */
  refused(peer: string, why: string): void {
    this.#log('warn', `refused ${peer}: ${why}`);
  }

  /** Adds a line to the run's log. */
  log(level: LogLevel, text: string, workerId: string | null = null): void {
    this.#log(level, text, workerId);
  }

  /** Ends all connections of workers in good order. */
  close(): void {
    this.#fleet.close();
  }

  #nowMs(): number {
    return this.#startUs === undefined ? 0 : (this.#clock.nowUs() - this.#startUs) / 1000;
  }

  #onJoined(member: Member): void {
    const { workerId, host, pid, epoch } = member;
    this.#recordWorker(member, 'running');
    if (epoch > 1) this.#aggregate.regainWorker(workerId);
    this.#event(epoch > 1 ? 'worker-rejoined' : 'worker-connected', { id: workerId, host, pid });
    this.#log('info', `worker ${workerId} connected from ${host} (pid ${pid})`);
    this.#publish();
  }

  #onMessage(member: Member, message: WorkerMessage): void {
    switch (message.type) {
      case 'ready':
        this.#onReady(member);
        break;
      case 'ended':
        for (const { user, incarnation, reason } of message.users) {
          this.#dispatcher.ended(member.workerId, user, incarnation, reason);
        }
        this.#afterEnds();
        break;
      case 'log':
        this.#log(message.level, message.text, member.workerId);
        break;
      case 'stop-test':
        this.#log('info', `the script ends the run: ${message.reason}`, member.workerId);
        this.stop('script');
        break;
      case 'leaving':
        this.#log('info', `worker ${member.workerId} leaves, its users go to the others`);
        this.#dispatcher.removeWorker(member.workerId, false, this.#nowMs());
        break;
      case 'drained':
        this.#lastUserEndUs = Math.max(this.#lastUserEndUs, message.lastUserEndUs);
        // The last intervals of a stop are stored at once.
        void this.#journal.commit().then(() => this.#checkDelivered(member));
        break;
      case 'script-failed':
        this.stop(
          'script',
          new ScriptError(`the load file does not load on ${member.workerId}: ${message.message}`),
        );
        break;
    }
  }

  #onReady(member: Member): void {
    if (this.#state === 'waiting') {
      if (this.#readyWorkers().length >= this.#options.expectedWorkers) this.#start();
      else this.#publish();
    } else if (this.#state === 'running') {
      assert(this.#startUs !== undefined, 'a running run has started');
      this.#fleet.send(member, { type: 'start', startAtUs: this.#startUs });
      this.#dispatcher.addWorker(member.workerId, this.#nowMs());
    } else {
      this.#fleet.send(member, { type: 'stop', timeoutMs: 0 });
    }
  }

  #readyWorkers(): Member[] {
    return this.#fleet.members().filter((member) => member.state === 'ready');
  }

  #start(): void {
    this.#clock.clearTimer(this.#limitTimer);
    const workers = this.#readyWorkers();
    const workerIds = workers.map((member) => member.workerId);
    const startUs = this.#clock.nowUs() + START_LEAD_MS * 1000;
    this.#startUs = startUs;
    this.#state = 'running';
    this.#journal.info({
      startedAtEpochMs: this.#clock.epochMs() + START_LEAD_MS,
      workers: workers.length,
    });
    for (const member of workers) this.#fleet.send(member, { type: 'start', startAtUs: startUs });
    const plan = buildPlan({
      users: this.#users,
      spawnRate: this.#spawnRate,
      classes: this.#options.classes,
      workers: workerIds,
    });
    this.#dispatcher.begin(plan, workerIds);
    this.#event('start', {
      users: this.#users,
      spawn: `${this.#spawnRate}/s`,
      workers: workers.length,
    });
    this.#log('info', `spawning ${this.#users} users at ${this.#spawnRate}/s`);
    const { runTimeMs } = this.#options;
    if (runTimeMs !== undefined) {
      this.#limitTimer = this.#clock.setTimer(START_LEAD_MS + runTimeMs, () =>
        this.stop('run-time'),
      );
    }
    this.#tick();
  }

  #startNow(): string {
    if (this.#state !== 'waiting') return 'the run has started already';
    if (this.#readyWorkers().length === 0) {
      throw new KatydidError('KAT_NO_WORKERS', 'no worker has joined yet');
    }
    this.#start();
    return 'started';
  }

  #onNobodyCame(maxWaitMs: number): void {
    const { expectedWorkers } = this.#options;
    const there = this.#readyWorkers().length;
    this.stop(
      'lost-workers',
      new KatydidError(
        'KAT_NO_WORKERS',
        `${there} of ${expectedWorkers} workers joined within ${maxWaitMs / 1000} s`,
        { hint: 'Start them with the command above, or ask for fewer with --expect-workers.' },
      ),
    );
  }

  #afterEnds(): void {
    if (this.#state !== 'running') return;
    this.#dispatcher.settle(this.#nowMs());
    if (this.#dispatcher.progress(this.#nowMs()).isExhausted) this.stop('users-done');
  }

  #changeUsers(users: number, rate: number | undefined): string {
    const old = this.#users;
    this.#users = Math.max(0, users);
    if (this.#state === 'running') {
      // While the ramp goes on its own rate holds; a key must not make a jump of the rest of it.
      const { isSettled } = this.#dispatcher.progress(this.#nowMs());
      const used = isSettled ? (rate ?? this.#spawnRate) : this.#dispatcher.spawnRate;
      this.#isSpawned = true;
      this.#dispatcher.setTarget(this.#users, used, this.#nowMs());
    } else if (this.#state !== 'waiting') {
      throw new KatydidError('KAT_USAGE', 'the run is stopping');
    }
    const text = `users ${old} -> ${this.#users}`;
    this.#event('users-changed', { from: old, to: this.#users });
    this.#log('info', text);
    this.#publish();
    return text;
  }

  #changeRate(rate: number): string {
    const text = `spawn rate ${this.#spawnRate} -> ${rate}/s`;
    this.#spawnRate = rate;
    if (this.#state === 'running') this.#dispatcher.setTarget(this.#users, rate, this.#nowMs());
    this.#event('spawn-rate-changed', { to: rate });
    this.#log('info', text);
    this.#publish();
    return text;
  }

  #resetStats(): string {
    if (this.#state !== 'running') throw new KatydidError('KAT_USAGE', 'no run is on');
    const second = this.#aggregate.resetStats(Math.floor(this.#nowMs() / 1000) + 1);
    this.#journal.phase(second);
    this.#event('stats-reset', { second });
    this.#log('info', `statistics start again at ${second} s`);
    return `statistics start again at ${second} s`;
  }

  #sendOrders(workerId: string, { starts, stops }: WorkerOrders): void {
    const member = this.#fleet.member(workerId);
    if (member === undefined) return;
    const count = Math.max(starts.length, stops.length);
    for (let from = 0; from < count; from += MAX_ORDERS) {
      this.#fleet.send(member, {
        type: 'assign',
        starts: starts.slice(from, from + MAX_ORDERS),
        stops: stops.slice(from, from + MAX_ORDERS),
      });
    }
  }

  #onInterval(arrived: ArrivedInterval): void {
    // Read now, though counted only when stored: nonsense must not reach the file.
    decodeInterval(arrived.payload);
    this.#journal.interval(arrived);
    if (this.#state === 'stopping') void this.#journal.commit();
  }

  #onStored(intervals: readonly ArrivedInterval[]): void {
    const newest = new Map<Member, Map<number, number>>();
    for (const { member, epoch, sequence, payload } of intervals) {
      try {
        this.#aggregate.add(member.workerId, decodeInterval(payload), epoch);
      } catch (error) {
        this.#log('warn', messageOf(error), member.workerId);
      }
      const epochs = newest.get(member) ?? new Map<number, number>();
      epochs.set(epoch, Math.max(sequence, epochs.get(epoch) ?? 0));
      newest.set(member, epochs);
    }
    for (const [member, epochs] of newest) {
      for (const [epoch, sequence] of epochs) this.#fleet.acknowledge(member, epoch, sequence);
      this.#checkDelivered(member);
    }
  }

  /** A worker that is drained, with everything stored, has done its part. */
  #checkDelivered(member: Member): void {
    if (!member.isDelivered || !member.isAlive || member.state === 'drained') return;
    member.state = 'drained';
    if (this.#state === 'running') {
      // It left, or its users ended for want of a master; the run goes on with the others.
      this.#fleet.send(member, { type: 'finished' });
      member.state = 'done';
      this.#recordWorker(member, 'finished');
      this.#dispatcher.removeWorker(member.workerId, true, this.#nowMs());
      this.#checkAlone();
    }
    this.#checkDone();
  }

  #onLate(member: Member, isLate: boolean): void {
    const { workerId, blockedMs } = member;
    if (!isLate) {
      this.#log('info', `worker ${workerId} is heard again`);
      return;
    }
    this.#event('worker-late', { id: workerId });
    const why = blockedMs > 0 ? ': its script blocks the event loop' : '';
    this.#log(
      'warn',
      `worker ${workerId} has been silent for ${this.#options.lateAfterMs / 1000} s${why}`,
    );
  }

  #onBlocked(member: Member): void {
    this.#event('worker-blocked', { id: member.workerId });
    this.#log(
      'warn',
      `worker ${member.workerId}: the script has blocked its event loop for over 1 s; ` +
        'a task that computes for long, or loops without awaiting anything, holds up all users of its worker',
      member.workerId,
    );
  }

  #onLost(member: Member, why: string): void {
    const { workerId, host } = member;
    this.#aggregate.loseWorker(workerId);
    this.#recordWorker(member, 'lost');
    const unknown = this.#aggregate.ledger().unknown;
    this.#event('worker-lost', { id: workerId, host, requests_unknown: unknown });
    this.#log('warn', `worker ${workerId} is lost (${why})`);
    if (this.#state === 'running') {
      this.#dispatcher.removeWorker(workerId, true, this.#nowMs());
      this.#checkAlone();
    }
    this.#checkDone();
    this.#publish();
  }

  /** Without any worker there is no load, and nothing to wait for. */
  #checkAlone(): void {
    if (this.#state !== 'running' || this.#fleet.members().some((member) => member.isAlive)) return;
    this.stop(
      'lost-workers',
      new KatydidError('KAT_NO_WORKERS', 'all workers are lost', {
        hint: 'What they had delivered is in the run file; see the log for why they went.',
      }),
    );
  }

  #onStoreFailed(error: KatydidError): void {
    this.#log('error', error.message);
    this.stop('disk-full', error);
    // Nothing that comes now can be kept, so there is nothing to wait for.
    this.force();
  }

  #recordWorker(member: Member, status: 'running' | 'finished' | 'lost'): void {
    const { workerId, nodeId, host, pid } = member;
    this.#journal.worker({ workerId, nodeId, host, pid, status });
  }

  #giveUpAfter(delayMs: number): void {
    this.#clock.clearTimer(this.#giveUpTimer);
    this.#giveUpTimer = this.#clock.setTimer(delayMs, () => {
      for (const member of this.#fleet.members()) {
        if (member.state !== 'drained') {
          this.#fleet.giveUp(member, 'it did not end within the stop timeout');
        }
      }
      this.#checkDone();
    });
  }

  #checkDone(): void {
    if (this.#state !== 'stopping') return;
    const isDone = this.#fleet
      .members()
      .every((member) => !member.isAlive || member.state === 'drained');
    if (isDone) this.#finish();
  }

  #finish(): void {
    if (this.#state === 'finished') return;
    this.#state = 'finished';
    this.#clock.clearTimer(this.#giveUpTimer);
    this.#clock.clearTimer(this.#limitTimer);
    this.#clock.clearTimer(this.#tickTimer);
    this.#fleet.closeFor('the run is over');
    const elapsedUs = secondsToUs(this.#nowMs() / 1000);
    const durationUs = this.#lastUserEndUs > 0 ? this.#lastUserEndUs : elapsedUs;
    for (const member of this.#fleet.members()) {
      if (!member.isAlive) continue;
      this.#recordWorker(member, 'finished');
      this.#fleet.send(member, { type: 'finished' });
      member.state = 'done';
    }
    this.#event('finished', { reason: this.#stopReason });
    void this.#journal
      .finish({
        endedAtEpochMs: this.#clock.epochMs(),
        durationSeconds: this.#startUs === undefined ? 0 : Math.max(0, durationUs) / 1e6,
        stopReason: this.#stopReason,
      })
      .then(() => {
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
    if (this.#state === 'finished') return;
    // Just after a second of the run is over, when the workers' intervals of it have arrived.
    const sinceTickMs = (this.#nowMs() - TICK_DELAY_MS) % 1000;
    const delayMs = sinceTickMs < 0 ? -sinceTickMs : 1000 - sinceTickMs;
    this.#tickTimer = this.#clock.setTimer(delayMs, () => {
      this.#fleet.tick();
      void this.#journal.commit().then(() => {
        this.#checkSpawned();
        this.#publish();
      });
      this.#tick();
    });
  }

  #checkSpawned(): void {
    if (this.#state !== 'running' || this.#isSpawned) return;
    const progress = this.#dispatcher.progress(this.#nowMs());
    if (!progress.isSettled || this.#aggregate.users.now < progress.wanted) return;
    this.#isSpawned = true;
    this.#event('spawning-complete', { users: this.#aggregate.users.now });
    this.#log('info', `all ${this.#aggregate.users.now} users running`);
    if (this.#options.resetStats) this.#resetStats();
  }

  #publish(): void {
    const { wanted, isSettled } = this.#dispatcher.progress(this.#nowMs());
    const nowUs = this.#clock.nowUs();
    this.#options.onSnapshot(
      this.#snapshots.build({
        atMs: this.#startUs === undefined ? null : this.#nowMs(),
        nowUs,
        state: this.#state === 'running' ? (isSettled ? 'steady' : 'ramping') : this.#state,
        targetUsers: this.#state === 'waiting' ? this.#users : Math.max(wanted, 0),
        spawnRate: this.#spawnRate,
        forcedStopInMs:
          this.#cutAtUs === undefined || this.#state !== 'stopping'
            ? null
            : Math.max(0, (this.#cutAtUs - nowUs) / 1000),
        members: this.#fleet.members(),
      }),
    );
  }

  #event(kind: string, data: Readonly<Record<string, string | number>>): void {
    this.#journal.event({ atMs: this.#nowMs(), kind, data });
    this.#options.onEvent(kind, data);
  }

  #log(level: LogLevel, text: string, workerId: string | null = null): void {
    const at = this.#nowMs();
    this.#journal.log({ atMs: at, level, workerId, text });
    this.#snapshots.log({ at, level, text: workerId === null ? text : `${workerId}: ${text}` });
    this.#options.onLog({ at, level, workerId, text });
  }
}
