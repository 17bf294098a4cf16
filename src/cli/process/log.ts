import { appendFileSync } from 'node:fs';
import { messageOf } from '../../base/errors.ts';
import { inLog } from '../../base/outside-text.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import type { Terminal } from './terminal.ts';

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What is logged, and where to. */
export interface LogOptions {
  readonly logLevel: LogLevel;
  /** `undefined`: standard error. */
  readonly logFile: string | undefined;
}

/** What a log needs to know of the options. */
export interface LogChoice extends LogOptions {
  /** Whether standard error is to have warnings and errors alone. @default false */
  readonly onlySummary?: boolean;
}

/** Writes the log: lines of `time level text` to standard error, or to `--logfile`. */
export class Log {
  readonly #options: LogChoice;
  readonly #terminal: Terminal;
  readonly #nowEpochMs: () => number;
  #hasFailed = false;

  constructor(options: LogChoice, terminal: Terminal, nowEpochMs: () => number) {
    this.#options = options;
    this.#terminal = terminal;
    this.#nowEpochMs = nowEpochMs;
  }

  /** Whether lines of this level are asked for. */
  shows(level: LogLevel): boolean {
    const { logLevel, logFile, onlySummary = false } = this.#options;
    const isQuiet = onlySummary && logFile === undefined;
    return SEVERITY[level] >= Math.max(SEVERITY[logLevel], isQuiet ? SEVERITY.warn : 0);
  }

  /** Writes a line where its level is asked for. */
  write(level: LogLevel, text: string): void {
    if (!this.shows(level)) return;
    const time = new Date(this.#nowEpochMs()).toISOString().replace(/\.\d+Z$/, 'Z');
    // What begins a line is always katydid's own, and no control character reaches a terminal.
    const line = `${time} ${level} ${inLog(text)}\n`;
    const { logFile } = this.#options;
    if (logFile === undefined) this.#terminal.err(line);
    else this.#append(logFile, line);
  }

  /** Where the file takes no more, the log goes on where somebody may see it: it must not end the run. */
  #append(logFile: string, line: string): void {
    try {
      appendFileSync(logFile, line);
    } catch (error) {
      if (!this.#hasFailed) {
        this.#hasFailed = true;
        const reason = messageOf(error);
        this.#terminal.err(`katydid: cannot write the log to ${logFile}: ${reason}\n`);
      }
      this.#terminal.err(line);
    }
  }
}
