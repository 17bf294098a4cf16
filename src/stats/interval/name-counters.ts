/*
 * What is counted and timed of a request name: one row for each counter and each distribution. From
 * these tables follow the bytes of an interval, sums over workers and seconds, and the columns, rows
 * and lease names of the run file. Where speed matters that is code in `name-counts.ts`, which
 * `npm run counters:sync` makes.
 *
 * A new row goes to the end of its table and names the formats that it begins with: the next
 * `INTERVAL_VERSION` and the next `SCHEMA_VERSION`. What was written before reads as 0.
 */

/** How a counter is stored. */
export interface CounterRow {
  /** Its column in the tables of the run file. */
  readonly column: string;
  /** Whether the newest value replaces the one before; else values add up. */
  readonly isLevel: boolean;
  /** The first format of intervals that has it. */
  readonly interval: number;
  /** The first format of run files that has it. */
  readonly file: number;
}

/** How a distribution is stored. */
export interface DistributionRow {
  /** Its column in the tables of the run file. */
  readonly column: string;
  /** Whether the run file has it for each second of a name; else it has it only for each phase and worker. */
  readonly isOfSecond: boolean;
}

/** Counters in the order of their bytes. All are of one interval alone, except levels. */
export const NAME_COUNTERS = {
  succeeded: { column: 'succeeded', isLevel: false, interval: 1, file: 1 },
  failed: { column: 'failed', isLevel: false, interval: 1, file: 1 },
  /** The part of `failed` that failed before anything was sent. */
  notSent: { column: 'not_sent', isLevel: false, interval: 1, file: 1 },
  /** Exchanges on the wire, cut at the end of a stop. */
  abandoned: { column: 'abandoned', isLevel: false, interval: 1, file: 1 },
  /** Exchanges whose answer led to a further exchange of the same request. */
  redirected: { column: 'redirected', isLevel: false, interval: 1, file: 1 },
  /** Exchanges on the wire and unanswered when the interval was cut. */
  inFlight: { column: 'in_flight', isLevel: true, interval: 1, file: 1 },
  /** Wire bytes with headers of all exchanges, redirects included. */
  bytesReceived: { column: 'bytes_received', isLevel: false, interval: 1, file: 1 },
  /** Sum of decoded body lengths of finished requests. */
  contentBytes: { column: 'content_bytes', isLevel: false, interval: 1, file: 1 },
} as const;

/** Distributions of times in the order of their bytes. */
export const NAME_DISTRIBUTIONS = {
  succeededResponse: { column: 'succeeded_response', isOfSecond: true },
  failedResponse: { column: 'failed_response', isOfSecond: true },
  service: { column: 'service', isOfSecond: false },
  lag: { column: 'lag', isOfSecond: false },
  /** Only requests that got an answer have one. */
  ttfb: { column: 'ttfb', isOfSecond: true },
} as const;

/** A counter's name. */
export type CounterKey = keyof typeof NAME_COUNTERS;

/** A distribution's name. */
export type DistributionKey = keyof typeof NAME_DISTRIBUTIONS;

/** Counts of one request name. */
export type NameCounts = { -readonly [Key in keyof typeof NAME_COUNTERS]: number };

/** Something for each distribution of a request name. */
export type NameDistributions<Times> = {
  readonly [Key in keyof typeof NAME_DISTRIBUTIONS]: Times;
};

// Object.entries forgets which keys there are.
const counters = Object.entries(NAME_COUNTERS) as [CounterKey, CounterRow][];
const distributions = Object.entries(NAME_DISTRIBUTIONS) as [DistributionKey, DistributionRow][];

/** All counters, in the order of their bytes. */
export const COUNTERS: readonly (readonly [CounterKey, CounterRow])[] = counters;

/** Counters that add up, in the order of their bytes. */
export const SUMS: readonly (readonly [CounterKey, CounterRow])[] = counters.filter(
  ([, { isLevel }]) => !isLevel,
);

/** All distributions, in the order of their bytes. */
export const DISTRIBUTIONS: readonly (readonly [DistributionKey, DistributionRow])[] =
  distributions;

/** Distributions that the run file has for each second of a name. */
export const SECOND_DISTRIBUTIONS: readonly (readonly [DistributionKey, DistributionRow])[] =
  distributions.filter(([, { isOfSecond }]) => isOfSecond);
