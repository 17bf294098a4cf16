import { withCommas } from '../../base/format.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import type { RunLog } from './run-log.ts';
import type { RunTime } from './run-time.ts';

/** The log takes so many lines of scripts and workers in one second: more than anybody reads. */
export const MAX_LINES_PER_SECOND = 500;
/** The log takes so many characters of such lines in a whole run: the log is in the run file, which must not burst. */
export const MAX_LINE_CHARS_PER_RUN: number = 64 * 1024 * 1024;

/**
 * Takes the lines of scripts and of worker processes into the log. A script may print a hundred megabytes;
 * what is too much is counted, and the log says how many lines are missing.
 */
export class ScriptLines {
  readonly #log: Pick<RunLog, 'line'>;
  readonly #time: Pick<RunTime, 'runMs'>;
  #second = Number.NEGATIVE_INFINITY;
  #linesOfSecond = 0;
  #chars = 0;
  #dropped = 0;

  /** @param time - Lines from before the run's start count as of one second. */
  constructor(log: Pick<RunLog, 'line'>, time: Pick<RunTime, 'runMs'>) {
    this.#log = log;
    this.#time = time;
  }

  /** A line. @param workerId - The worker that it comes from; null: the master, or a local worker's process. */
  add(level: LogLevel, text: string, workerId: string | null): void {
    const second = Math.floor(this.#time.runMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#linesOfSecond = 0;
    }
    const isTooMuch =
      this.#linesOfSecond >= MAX_LINES_PER_SECOND ||
      this.#chars + text.length > MAX_LINE_CHARS_PER_RUN;
    if (isTooMuch) {
      this.#dropped += 1;
      return;
    }
    this.#tellDropped();
    this.#linesOfSecond += 1;
    this.#chars += text.length;
    this.#log.line(level, text, workerId);
  }

  /** The run is over: says what was left out since the last line. */
  end(): void {
    this.#tellDropped();
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const count = withCommas(this.#dropped);
    this.#dropped = 0;
    this.#log.line(
      'warn',
      `${count} lines were left out of the log: it takes ${MAX_LINES_PER_SECOND} of scripts and workers a second, and 64 MB in all`,
    );
  }
}
