import type { EarlierSecond } from '../../stats/aggregate/timeline.ts';
import type { Histogram } from '../../stats/histogram/histogram.ts';
import type { LoopStalls, NameStats } from '../../stats/interval/interval.ts';
import type { Ledger, LogLevel } from '../../stats/snapshot/run-snapshot.ts';

/** Why a run ended, in the words of the JSON summary. */
export type StopReason =
  | 'run-time'
  | 'signal'
  | 'users-done'
  | 'iterations'
  | 'shape'
  | 'threshold'
  | 'script'
  | 'control'
  | 'disk-full'
  | 'lost-workers'
  | 'crashed';

/** What a run is: known when it begins, but for `startedAtEpochMs`. Stored with the run, never with secrets. */
export interface RunInfo {
  readonly id: string;
  readonly katydidVersion: string;
  readonly nodeVersion: string;
  readonly createdAtEpochMs: number;
  /** Wall-clock label of the first user's start, second 0 of the run; null until then. */
  readonly startedAtEpochMs: number | null;
  readonly host: string;
  /** The name that reports show: a base name, or a URL. */
  readonly loadfile: string;
  readonly scriptSha256: string;
  /** Peak concurrency asked for. */
  readonly users: number;
  /** Users started per second. */
  readonly spawnRate: number;
  /** Workers the run was planned for. */
  readonly workers: number;
  readonly seed: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The run time that was asked for; null: the run lasts until it is stopped. */
  readonly runTimeSeconds: number | null;
  /** The command line that makes this run again, secrets removed. */
  readonly commandLine: readonly string[];
  /** Exit status where a request failed (`--exit-code-on-error`). */
  readonly exitCodeOnError: number;
  /** Whether a suspect run counts as invalid (`--strict`). */
  readonly strict: boolean;
}

/** How a run ended. A run file without it was left by a master that crashed, or its run goes on. */
export interface RunEnd {
  readonly endedAtEpochMs: number;
  /** From the first user's start to the last user's stop; 0 where no user started. */
  readonly durationSeconds: number;
  readonly stopReason: StopReason;
}

/** Stands for the master where exceptions say what they happened on; no worker is called so. */
export const MASTER_ID = 'master';

/** How a worker stands in the run file. */
export type StoredWorkerStatus = 'running' | 'finished' | 'lost';

/** One worker process. */
export interface WorkerRecord {
  /** `w1`, `w2`, … in the order of joining. */
  readonly workerId: string;
  /** Identity of the process, from nanoid. */
  readonly nodeId: string;
  readonly host: string;
  readonly pid: number;
  readonly status: StoredWorkerStatus;
}

/** Something that happened to the run. */
export interface RunEvent {
  /** Milliseconds since the run's start, negative before it. */
  readonly atMs: number;
  /** A short stable word, e.g. `worker-lost`. */
  readonly kind: string;
  /** Plain JSON. */
  readonly data: unknown;
}

/** One line of the run's log. */
export interface RunLogLine {
  /** Milliseconds since the run's start, negative before it. */
  readonly atMs: number;
  readonly level: LogLevel;
  /** Which worker said it; null: the master. */
  readonly workerId: string | null;
  readonly text: string;
}

/** Where an interval came from: unique in a run. */
export interface IntervalKey {
  readonly workerId: string;
  /** Counts the worker's leases; integer >= 0. */
  readonly epoch: number;
  /** Counts the intervals of one lease; integer >= 0. */
  readonly sequence: number;
}

/** An interval as it came from a worker: `payload` is what `encodeInterval` made. */
export interface RawInterval extends IntervalKey {
  readonly payload: Uint8Array;
}

/** Names one lease of a worker. */
export interface LeaseKey {
  readonly workerId: string;
  readonly epoch: number;
}

/** What a worker last said that it had sent under a lease; it replaces what the worker said before. */
export interface RawTally extends LeaseKey {
  /** The second of the run that was on. An interval of that second, or of a later one, knows more. */
  readonly second: number;
  /** Over all names. */
  readonly total: number;
  /** By name: what `encodeTally` made of everything. */
  readonly sent: Uint8Array;
}

/** The end of a lease whose worker was given up, or has begun another one. */
export interface LeaseEnd extends LeaseKey {
  /** Exchanges that it may have sent at most beyond what its tally, or its last interval, tells. */
  readonly atMostMore: number;
}

/** What one commit adds to the run file: all of it or, where the commit fails, nothing. */
export interface RunBatch {
  readonly intervals: readonly RawInterval[];
  readonly tallies?: readonly RawTally[];
  readonly leaseEnds?: readonly LeaseEnd[];
  /** New workers, and known ones whose status changed. */
  readonly workers?: readonly WorkerRecord[];
  readonly events?: readonly RunEvent[];
  readonly log?: readonly RunLogLine[];
  /** Fields of the run that are known only now. */
  readonly info?: Partial<RunInfo>;
  /**
   * Statistics start again with this second. No interval of it should have been committed yet;
   * where one was, the first second without an interval takes its place.
   */
  readonly phases?: readonly { readonly fromSecond: number }[];
}

/** What a commit found. */
export interface CommitResult {
  /** Intervals that were in the file already and so changed nothing; they can be acknowledged. */
  readonly duplicates: readonly IntervalKey[];
}

/** Figures of one request name, with the exchanges whose end is unknown. */
export interface NameFigures extends NameStats {
  /** Exchanges whose end is unknown: their worker told that it sent them, and no interval tells how they ended. */
  unknown: number;
}

/** Failures of one kind. Offsets are microseconds since the run's start. */
export interface ErrorFigures {
  readonly method: string;
  readonly name: string;
  readonly error: string;
  readonly occurrences: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

/** One kind of exception. */
export interface ExceptionFigures {
  readonly message: string;
  readonly traceback: string;
  readonly occurrences: number;
  /** Ids of the workers it happened on, in the order of their numbers. */
  readonly workers: readonly string[];
}

/** One second of the run over all names and workers. */
export interface SecondFigures extends EarlierSecond {
  readonly second: number;
}

/** One worker and how it did over the run. */
export interface WorkerFigures extends WorkerRecord {
  readonly usersPeak: number;
  /** Requests finished. */
  readonly requests: number;
  /** Second of its newest interval; null where none came. */
  readonly lastSecond: number | null;
  /** Seconds in which it had users or requests: what the means are over. */
  readonly activeSeconds: number;
  /** Active seconds with an event-loop utilisation of 0.95 or more. */
  readonly saturatedSeconds: number;
  /** Exchanges that it sent and whose end is unknown: so many at least. */
  readonly unknown: number;
  /** The upper bound of `unknown`; null where the worker was lost and nothing tells. */
  readonly unknownMost: number | null;
  /** Mean CPU time over wall time; null without active seconds. */
  readonly cpuRatio: number | null;
  /** Mean event-loop utilisation, 0..1; null without active seconds. */
  readonly loopRatio: number | null;
  /** The stalls of each second in which its event loop stood still. */
  readonly stalls: readonly LoopStalls[];
  readonly lag: Histogram;
}

/** A run as its file tells it: everything that a report needs, but for the seconds of each name. */
export interface RunRecord {
  readonly info: RunInfo;
  /** False where the file has no end: the master crashed, or the run goes on. */
  readonly ended: boolean;
  readonly stopReason: StopReason;
  /** The duration recorded at the end; without an end, up to the last second that has anything. */
  readonly durationSeconds: number;
  readonly endedAtEpochMs: number;
  /** Where the statistics last started again; 0 where they never did. */
  readonly measuredFromSecond: number;
  /** Since `measuredFromSecond`, sorted by name, then method. */
  readonly names: readonly NameFigures[];
  /** `names` added up; method is empty, name `Aggregated`. */
  readonly total: NameFigures;
  /** The whole run. */
  readonly ledger: Ledger;
  /** Since `measuredFromSecond`, sorted by name, method, error. */
  readonly errors: readonly ErrorFigures[];
  /** The whole run, most frequent first. */
  readonly exceptions: readonly ExceptionFigures[];
  /** Every second from 0 to the last, without a gap. */
  readonly seconds: readonly SecondFigures[];
  /** In the order of their numbers. */
  readonly workers: readonly WorkerFigures[];
  readonly events: readonly RunEvent[];
  readonly log: readonly RunLogLine[];
  /** Whether there were so many names that some were counted together. */
  readonly namesFolded: boolean;
}
