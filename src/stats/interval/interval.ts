import type { Histogram } from '../histogram/histogram.ts';
import type { NameCounts, NameDistributions } from './name-counters.ts';

/**
 * What one worker measured in one second of the run: the unit in which everything is sent, acknowledged,
 * stored and merged. A request belongs to the second it finished in.
 */
export interface Interval {
  /** Second of the run. The first user starts in second 0; seconds before it are negative. */
  readonly second: number;
  /** Users running when the interval was cut. */
  readonly users: number;
  /** The most users that ran at once since the interval before; at least `users`. */
  readonly usersPeak: number;
  readonly health: WorkerHealth;
  readonly names: readonly NameStats[];
  readonly errors: readonly ErrorCount[];
  readonly exceptions: readonly ExceptionCount[];
}

/** Stalls of 50 ms or more of the event loop that runs the users, since the report before. */
export interface LoopStalls {
  readonly totalUs: number;
  readonly longestUs: number;
  /** Exchanges that were on the wire during the stalls: at most so many answers were read late. */
  readonly requests: number;
}

/** A loop that turned all the time. */
export const NO_STALLS: LoopStalls = { totalUs: 0, longestUs: 0, requests: 0 };

/** An interval to be added up: a whole `Interval`, or one whose numbers were just read from bytes. */
export interface MeasuredInterval extends Omit<Interval, 'names'> {
  readonly names: readonly MeasuredName[];
}

/** How the worker itself was doing in that second. */
export interface WorkerHealth {
  /** CPU time over wall time of the worker process, all threads; 0..n cores. */
  readonly cpuRatio: number;
  /** Event-loop utilisation of the thread that runs users, 0..1. */
  readonly loopRatio: number;
  readonly memoryBytes: number;
  /** Estimated offset of this worker's monotonic clock to the master's, and the error of it (half a round trip). */
  readonly clockOffsetUs: number;
  readonly clockErrorUs: number;
  readonly stalls: LoopStalls;
}

/** The health of a worker that has not reported any. */
export const NO_HEALTH: WorkerHealth = {
  cpuRatio: 0,
  loopRatio: 0,
  memoryBytes: 0,
  clockOffsetUs: 0,
  clockErrorUs: 0,
  stalls: NO_STALLS,
};

/** What was measured of one request name in one interval. Times are integer microseconds. */
export interface NameStats extends NameCounts, NameDistributions<Histogram> {
  readonly method: string;
  readonly name: string;
  /** Final answers by status; requests without an answer are in none. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** Figures of a name to be added up: a whole `NameStats`, or one whose numbers were just read from bytes. */
export interface MeasuredName extends Readonly<NameCounts>, NameDistributions<Distribution> {
  readonly method: string;
  readonly name: string;
  /** Pairs of status and count. */
  readonly statuses: Iterable<readonly [number, number]>;
}

/** Times that can be added to a histogram: a histogram itself, or one that was just read. */
export interface Distribution {
  readonly count: number;
  /** Adds its values to a histogram. */
  addTo(into: Histogram): void;
}

/** Failures of one kind. Offsets are microseconds since the run's start. */
export interface ErrorCount {
  readonly method: string;
  readonly name: string;
  readonly error: string;
  readonly occurrences: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

/** What a task, `onStart`, `onStop` or a listener threw. */
export interface ExceptionCount {
  readonly message: string;
  readonly traceback: string;
  readonly occurrences: number;
}

/** Exchanges that went on the wire and have ended. */
export function endedOnWire(counts: NameCounts): number {
  const { succeeded, failed, notSent, abandoned, redirected } = counts;
  return succeeded + failed - notSent + abandoned + redirected;
}
