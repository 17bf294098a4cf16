/**
 * What a running test looks like at one instant: with the history, the only thing that a terminal UI, `ctl`
 * or a progress line ever sees of a run. The master makes one a second; newest wins; it is plain JSON.
 * Its size does not depend on how long the run has gone on.
 *
 * Units: times of requests in milliseconds (float), `at`/`t` in milliseconds since the run's start,
 * rates per second, ratios 0..1.
 */
export interface RunFigures {
  readonly seq: number;
  /** Milliseconds since the first user's start; negative while waiting or just before the start. */
  readonly at: number;
  readonly state: RunState;
  readonly runId: string;
  /** Base name of the load file, or the URL. */
  readonly script: string;
  readonly host: string;
  readonly version: string;
  /** Given with `--label`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Run time asked for; null where the run lasts until it is stopped. */
  readonly limitMs: number | null;
  /** Where workers join, and how to start one (complete command, without the secret itself). */
  readonly joinCommand: string;
  readonly users: {
    /** Users that run, as reported by the workers. */
    readonly now: number;
    readonly target: number;
    readonly peak: number;
    readonly spawnRate: number;
  };
  /** The last 10 s. */
  readonly now: StatsWindow;
  /** The whole run, or since the statistics were last reset. */
  readonly run: StatsWindow;
  readonly verdict: SnapshotVerdict;
  readonly thresholds: readonly SnapshotThreshold[];
  readonly workersExpected: number;
  readonly workers: readonly SnapshotWorker[];
  /** In the order in which the names were first seen. */
  readonly requests: readonly SnapshotRequest[];
  readonly failures: {
    /** Distinct (request, error) pairs. */
    readonly kinds: number;
    /** The 200 most frequent, biggest first. */
    readonly shown: readonly SnapshotFailure[];
  };
  readonly exceptions: { readonly kinds: number; readonly occurrences: number };
  readonly ledger: SnapshotLedger;
  /** The last 500 lines, oldest first. */
  readonly log: readonly SnapshotLogLine[];
  /** Milliseconds until running iterations are cut, while stopping; else null. */
  readonly forcedStopInMs: number | null;
}

/** What the master tells once a second: the run as it is now, and what has changed in its history. */
export interface RunUpdate extends RunFigures {
  /** The last second that the history has; -1 before the first. */
  readonly historyEnd: number;
  /** Seconds that are new, or that a late worker has changed, since the update before. */
  readonly changes: HistoryRows;
}

/** The run as a screen draws it: with the whole history, which the client puts together. */
export interface RunSnapshot extends RunFigures {
  readonly history: RunHistory;
}

/** Where a run is: `ramping` until the wanted number of users is reached, and again after each change of it. */
export type RunState = 'waiting' | 'ramping' | 'steady' | 'stopping' | 'finished';

/** The terms of the contract's ledger: sent = succeeded + (failed - notSent) + abandoned + redirected + unknown. */
export interface Ledger {
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly notSent: number;
  readonly abandoned: number;
  readonly redirected: number;
  readonly unknown: number;
}

/** The ledger of a run that goes on: `sent` has `inFlight` among its terms. */
export interface SnapshotLedger extends Ledger {
  readonly inFlight: number;
  /** The upper bound of `unknown`, which is a lower one; null where nothing tells how many. */
  readonly unknownMost: number | null;
}

/** Figures of some requests over some time. */
export interface StatsWindow {
  /** Requests finished. */
  readonly n: number;
  readonly fails: number;
  readonly rps: number;
  readonly failPs: number;
  readonly response: Percentiles;
  readonly service: Percentiles;
  readonly lag: Percentiles;
}

/** Milliseconds; null where there are no samples. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
}

/** One point a second since the start; all arrays are of one length. `null`: no request in that second. */
export interface RunHistory {
  /** Milliseconds since the run's start, at the second's end. */
  readonly t: readonly number[];
  readonly users: readonly number[];
  readonly rps: readonly number[];
  readonly failPs: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly service95: readonly (number | null)[];
  readonly lag99: readonly (number | null)[];
  readonly inFlight: readonly number[];
  /** The busiest worker's event-loop utilisation, 0..1. */
  readonly loopMax: readonly number[];
}

/** Some seconds of a history, as they travel: all arrays are of one length, the seconds ascending. */
export type HistoryRows = Omit<RunHistory, 't'> & {
  /** Which seconds, from 0. */
  readonly second: readonly number[];
};

/** What the figures so far are worth; `pending` while there are too few of them. */
export interface SnapshotVerdict {
  readonly level: 'pending' | 'valid' | 'suspect' | 'invalid';
  /** The judge's gravest finding, or what speaks for the run. */
  readonly reason: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** A pass or fail condition, and how it stands now. */
export interface SnapshotThreshold {
  readonly metric: string;
  readonly limit: string;
  readonly now: string | null;
  readonly state: 'pending' | 'pass' | 'fail' | 'inconclusive';
  readonly why?: string;
  /** Key of the request it is about, where it is about one. */
  readonly request?: string;
}

/**
 * A worker as people see it: `late` is silent for longer than it should be, `lost` has been given up,
 * `rejoined` was away and came back, `done` has delivered everything.
 */
export type WorkerStatus = 'ready' | 'running' | 'late' | 'lost' | 'rejoined' | 'done';

/** One worker: its load and its own condition, from its newest complete second. Of a run that is over, `rps` is the average. */
export interface SnapshotWorker {
  /** `w1`, `w2`, … in the order of joining. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Network address that it connected from; empty where it has not connected to this master yet. */
  readonly address: string;
  readonly status: WorkerStatus;
  /** Milliseconds since the worker was last heard of. */
  readonly silentMs: number;
  readonly users: number;
  readonly rps: number;
  /** Of one core, 0..1 and above where more than one is used. */
  readonly cpu: number;
  readonly loop: number;
  readonly lag99: number | null;
  readonly clockOffset: number;
  readonly memMb: number;
}

/** One request name: its newest complete second, and the run since statistics began. */
export interface SnapshotRequest {
  /** `METHOD name`; stable, unique. */
  readonly key: string;
  readonly method: string;
  readonly name: string;
  readonly now: StatsWindow;
  readonly run: StatsWindow;
  /** Requests per second, one value a second, newest last, at most 60. */
  readonly trend: readonly number[];
}

/** Failures of one request name with one error. */
export interface SnapshotFailure {
  /** `METHOD name`. */
  readonly request: string;
  readonly message: string;
  readonly count: number;
  /** Milliseconds since the run's start. */
  readonly first: number;
  readonly last: number;
}

/** A line of the run's log. */
export interface SnapshotLogLine {
  /** Milliseconds since the run's start (negative before it). */
  readonly at: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** How much a log line matters, least first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
