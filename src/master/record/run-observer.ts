import type { Json } from '../../protocol/messages/master-messages.ts';
import type { LogLevel, RunUpdate } from '../../stats/snapshot/run-snapshot.ts';
import type { RunOutcome } from './run-outcome.ts';

/** One line of the log; `at` in milliseconds since the run's start. */
export interface LogLine {
  readonly at: number;
  readonly level: LogLevel;
  /** The worker that the line is about or from; null: the master. */
  readonly workerId: string | null;
  readonly text: string;
}

/** The facts of an event, by name. */
export type EventFacts = Readonly<Record<string, string | number>>;

/**
 * Watches a run. An observer has the methods for what it wants to hear; one that throws harms neither the
 * run nor other observers.
 */
export interface RunObserver {
  /** A line of the log. */
  log?(line: LogLine): void;
  /** Something that programs may want to know: a short stable word and its facts. */
  event?(kind: string, data: EventFacts): void;
  /** Once a second, and at every change of state. */
  snapshot?(snapshot: RunUpdate): void;
  /** The script's `setup` has returned this. Told once in a run, and not by a master that resumes it. */
  setUp?(data: Json): void;
  /** The run starts at this instant of the clock, in microseconds; no worker knows it yet. */
  starting?(startUs: number): void;
  /** The run is over, and its end is in the run file. */
  ended?(outcome: RunOutcome): void;
}
