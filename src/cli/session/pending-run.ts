import { KatydidError } from '../../base/errors.ts';
import type { ControlledRun } from '../../master/control-server.ts';
import type { RunMaster } from '../../master/run-master.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import type { ControlCommand } from '../../protocol/messages/control-messages.ts';
import type { HistoryRows } from '../../stats/snapshot/run-snapshot.ts';
import type { StopSignals } from '../process/signals.ts';

/**
 * A run as those see it who have something to tell it, from before it exists: its port is open and its
 * local workers start first. What concerns workers waits here until the run takes them.
 */
export class PendingRun implements StopSignals, ControlledRun {
  readonly #begun: PromiseWithResolvers<RunMaster> = Promise.withResolvers();
  #run: RunMaster | undefined;

  /** The run exists: it can be stopped and asked. */
  created(run: RunMaster): void {
    this.#run = run;
  }

  /** The load file is ready: from now on the run takes workers. */
  begun(): void {
    this.#begun.resolve(this.running);
  }

  /** The run. @throws {KatydidError} Where it does not exist yet. */
  get running(): RunMaster {
    if (this.#run === undefined) throw new KatydidError('KAT_USAGE', 'the run has not begun');
    return this.#run;
  }

  /** Whether the master can do its work. */
  get isHealthy(): boolean {
    return this.#run?.isHealthy ?? false;
  }

  /** The seconds [from, to) of the run's history. */
  historyRows(from: number, to: number): HistoryRows {
    return this.running.historyRows(from, to);
  }

  /** A worker has proved at the port that it may join. */
  worker(transport: Transport): void {
    void this.#begun.promise.then((run) => run.acceptWorker(transport));
  }

  /** Somebody was sent away from the port. */
  refused(peer: string, why: string): void {
    void this.#begun.promise.then((run) => run.refused(peer, why));
  }

  /** A local worker has printed a line. */
  workerLine(text: string): void {
    void this.#begun.promise.then((run) => run.desk.lines.add('info', text, null));
  }

  /** Something is wrong with what katydid keeps of the run. */
  warn(text: string): void {
    void this.#begun.promise.then((run) => run.log('warn', text));
  }

  /** The process of a local worker has ended. */
  workerExit(pid: number, why: string): void {
    void this.#begun.promise.then((run) => run.processGone(pid, why));
  }

  /** Does what a person asks for. @returns What was done. @throws {KatydidError} Where it cannot be. */
  carryOut(command: ControlCommand): string {
    return this.running.carryOut(command);
  }

  onFirst(): void {
    this.running.stop('signal');
  }

  onFurther(): void {
    this.running.force();
  }

  /** The terminal that showed the run is gone. */
  terminalGone(): void {
    this.running.log('warn', 'the terminal is gone: stopping');
    this.running.stop('signal');
  }

  /** Ends the connections of all workers in good order. */
  close(): void {
    this.#run?.close();
  }
}
