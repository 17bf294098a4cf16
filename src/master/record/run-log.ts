import { messageOf } from '../../base/errors.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import type { LogLevel, RunUpdate } from '../../stats/snapshot/run-snapshot.ts';
import type { Journal } from './journal.ts';
import type { EventFacts, RunObserver } from './run-observer.ts';
import type { RunOutcome } from './run-outcome.ts';
import type { RunTime } from './run-time.ts';
import type { SnapshotBuilder } from './snapshot-builder.ts';

/** Where a run's log tells what happens. */
export interface RunLogOptions {
  readonly journal: Pick<Journal, 'event' | 'log'>;
  readonly snapshots: Pick<SnapshotBuilder, 'log'>;
  readonly time: Pick<RunTime, 'nowMs'>;
  readonly observers: readonly RunObserver[];
}

/** Tells the run file, the snapshots and the observers what happens in a run. */
export class RunLog {
  readonly #options: RunLogOptions;
  /** Observers whose failure the log has told of. */
  readonly #failed = new Set<RunObserver>();

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Something that programs may want to know: a short stable word and its facts. */
  event(kind: string, data: EventFacts): void {
    const { journal, time } = this.#options;
    journal.event({ atMs: time.nowMs, kind, data });
    this.#tell((observer) => observer.event?.(kind, data));
  }

  /** Something that people may want to know. */
  line(level: LogLevel, text: string, workerId: string | null = null): void {
    const { journal, snapshots, time } = this.#options;
    const at = time.nowMs;
    journal.log({ atMs: at, level, workerId, text });
    snapshots.log({ at, level, text: workerId === null ? text : `${workerId}: ${text}` });
    const line = { at, level, workerId, text };
    this.#tell((observer) => observer.log?.(line));
  }

  /** The run as it is now, for observers alone. */
  snapshot(snapshot: RunUpdate): void {
    this.#tell((observer) => observer.snapshot?.(snapshot));
  }

  /** The script's `setup` is done, for observers alone. */
  setUp(data: Json): void {
    this.#tell((observer) => observer.setUp?.(data));
  }

  /** The run starts at this instant of the clock, for observers alone. */
  starting(startUs: number): void {
    this.#tell((observer) => observer.starting?.(startUs));
  }

  /** The run is over, for observers alone. */
  ended(outcome: RunOutcome): void {
    this.#tell((observer) => observer.ended?.(outcome));
  }

  #tell(each: (observer: RunObserver) => void): void {
    for (const observer of this.#options.observers) {
      try {
        each(observer);
      } catch (error) {
        this.#observerFailed(observer, error);
      }
    }
  }

  /** An observer that fails once a second must not fill the log: its first failure is told alone. */
  #observerFailed(observer: RunObserver, error: unknown): void {
    if (this.#failed.has(observer)) return;
    this.#failed.add(observer);
    this.line('error', `an output of the run has failed: ${messageOf(error)}`);
  }
}
