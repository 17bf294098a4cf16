import type { LogLine, RunObserver } from '../../master/record/run-observer.ts';
import type { Log } from '../process/log.ts';

/** Writes the lines of the run's log to standard error or the log file. */
export class LogLines implements RunObserver {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  log({ level, workerId, text }: LogLine): void {
    this.#log.write(level, workerId === null ? text : `[${workerId}] ${text}`);
  }
}
