import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import type { Journal } from './journal.ts';
import type { RunTime } from './run-time.ts';
import type { SnapshotBuilder } from './snapshot-builder.ts';

/** One line of the log; `at` in milliseconds since the run's start. */
export interface LogLine {
  readonly at: number;
  readonly level: LogLevel;
  /** Which worker it is of; null: the master. */
  readonly workerId: string | null;
  readonly text: string;
}

/** Where what happens is told. */
export interface RunLogOptions {
  readonly journal: Journal;
  readonly snapshots: SnapshotBuilder;
  readonly time: RunTime;
  readonly onLog: (line: LogLine) => void;
  readonly onEvent: (kind: string, data: Readonly<Record<string, string | number>>) => void;
}

/** Tells everybody what happens in a run: the run file, the snapshots, and whoever watches. */
export class RunLog {
  readonly #options: RunLogOptions;

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Something that programs may want to know: a short stable word and its facts. */
  event(kind: string, data: Readonly<Record<string, string | number>>): void {
    const { journal, time, onEvent } = this.#options;
    journal.event({ atMs: time.nowMs, kind, data });
    onEvent(kind, data);
  }

  /** Something that people may want to know. */
  line(level: LogLevel, text: string, workerId: string | null = null): void {
    const { journal, snapshots, time, onLog } = this.#options;
    const at = time.nowMs;
    journal.log({ atMs: at, level, workerId, text });
    snapshots.log({ at, level, text: workerId === null ? text : `${workerId}: ${text}` });
    onLog({ at, level, workerId, text });
  }
}
