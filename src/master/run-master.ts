import { KatydidError } from '../base/errors.ts';
import type { Transport } from '../protocol/channel/transport.ts';
import type { ControlCommand } from '../protocol/messages/control-messages.ts';
import type { HistoryRows, LogLevel } from '../stats/snapshot/run-snapshot.ts';
import type { StopReason } from '../store/record/run-record.ts';
import type { ResumedRun } from './fleet/resumed-run.ts';
import type { RunOutcome } from './record/run-outcome.ts';
import type { ScriptDesk } from './record/script-desk.ts';
import { carryOutCommand } from './run/carry-out-command.ts';
import { RunEffects } from './run/effects.ts';
import { RunDuties } from './run/run-duties.ts';
import type { RunMasterOptions } from './run/run-master-options.ts';
import { RunParts } from './run/run-parts.ts';

/**
 * A run: waits for workers, starts it, follows it, ends it, as the table of `RunPhase` says. Owns no
 * socket, file or process; all of that is passed in, so that whole runs can be simulated.
 */
export class RunMaster {
  readonly #parts: RunParts<RunDuties>;
  readonly #effects: RunEffects;

  constructor(options: RunMasterOptions) {
    this.#parts = new RunParts(options, (parts) => new RunDuties(parts));
    this.#effects = new RunEffects(this.#parts, this.#parts.listeners);
    this.#parts.course.follow(this.#effects);
  }

  /** What the run does for the load file on the master. */
  get desk(): ScriptDesk {
    return this.#parts.desk;
  }

  /** Runs to the end. Never rejects: what went wrong is in the outcome. */
  run(): Promise<RunOutcome> {
    const { options, listeners } = this.#parts;
    const { start, ticker } = listeners;
    if (options.resumed === undefined) start.awaitWorkers();
    else this.#resume(options.resumed);
    ticker.restart();
    return this.#effects.ended;
  }

  /** Whether it can do its work: what workers deliver can be stored. */
  get isHealthy(): boolean {
    return this.#parts.journal.canStore;
  }

  /** The seconds [from, to) of the run's history. */
  historyRows(from: number, to: number): HistoryRows {
    return this.#parts.aggregate.historyRows(from, to);
  }

  /** Takes over the authenticated connection of a worker. */
  acceptWorker(transport: Transport): void {
    this.#parts.fleet.accept(transport);
  }

  /** Does what a person asks for. @returns What was done. @throws {KatydidError} Where it cannot be. */
  carryOut(command: ControlCommand): string {
    const done = carryOutCommand(command, this.#parts, this.#parts.listeners);
    // A master that carries the run on must know of it.
    void this.#parts.journal.commit();
    return done;
  }

  /** Stops gracefully; only the first reason counts. */
  stop(reason: StopReason): void {
    this.#parts.course.happen({ type: 'stop', reason });
  }

  /** Cuts what still runs and ends with what there is. */
  force(): void {
    this.#parts.course.happen({ type: 'force', reason: 'signal' });
  }

  /** A local worker's process is gone. */
  processGone(pid: number, why: string): void {
    const { course, fleet } = this.#parts;
    if (!course.isWaiting) {
      fleet.processGone(pid, why);
      return;
    }
    // The process was one of those that the run waits for.
    course.happen({ type: 'stop', reason: 'lost-workers', error: workerProcessEnded(why) });
  }

  /** Somebody was not let in. */
  refused(peer: string, why: string): void {
    this.log('warn', `refused ${peer}: ${why}`);
  }

  /** Adds a line to the run's log. */
  log(level: LogLevel, text: string, workerId: string | null = null): void {
    this.#parts.log.line(level, text, workerId);
  }

  /** Ends all connections of workers in good order. */
  close(): void {
    this.#parts.fleet.close();
  }

  #resume(resumed: ResumedRun): void {
    const { log, fleet, course, listeners } = this.#parts;
    listeners.start.resume(resumed);
    log.event('master-resumed', { workers: resumed.workers.length });
    const seconds = Math.ceil(fleet.restoredForMs / 1000);
    log.line('info', `the run goes on: its workers have ${seconds} s to come back`);
    if (resumed.stopReason !== undefined && course.isRunning) this.stop(resumed.stopReason);
  }
}

/** One of the processes that the run waits for is gone. */
function workerProcessEnded(why: string): KatydidError {
  return new KatydidError('KAT_NO_WORKERS', `a worker process ended before the run began: ${why}`, {
    hint: 'Its last lines, above, say why.',
  });
}
