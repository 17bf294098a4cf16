/** A distribution of times in milliseconds; null without samples. Percentiles are nearest rank. */
export interface TimeTotals {
  /** The shortest, in milliseconds. */
  readonly min: number | null;
  /** Arithmetic mean, in milliseconds. */
  readonly mean: number | null;
  /** The longest, in milliseconds. */
  readonly max: number | null;
  /** Milliseconds that 50 percent of them did not exceed. */
  readonly p50: number | null;
  /** Milliseconds that 66 percent of them did not exceed. */
  readonly p66: number | null;
  /** Milliseconds that 75 percent of them did not exceed. */
  readonly p75: number | null;
  /** Milliseconds that 80 percent of them did not exceed. */
  readonly p80: number | null;
  /** Milliseconds that 90 percent of them did not exceed. */
  readonly p90: number | null;
  /** Milliseconds that 95 percent of them did not exceed. */
  readonly p95: number | null;
  /** Milliseconds that 98 percent of them did not exceed. */
  readonly p98: number | null;
  /** Milliseconds that 99 percent of them did not exceed. */
  readonly p99: number | null;
  /** Milliseconds that 99.9 percent of them did not exceed. */
  readonly 'p99.9': number | null;
  /** Milliseconds that 99.99 percent of them did not exceed. */
  readonly 'p99.99': number | null;
}

/**
 * Figures of all requests since the statistics last started again: the same fields as `total` in the
 * JSON summary. They lag behind by about two seconds while the run goes on.
 */
export interface RequestTotals {
  /** Number of requests that are over, failed ones included. */
  readonly requests: number;
  /** Number of requests that failed. */
  readonly failures: number;
  /** Number of failures of which nothing went on the wire. */
  readonly notSent: number;
  /** Number of exchanges cut at the end of a stop. */
  readonly abandoned: number;
  /** Number of exchanges whose answer led to a further one of the same request. */
  readonly redirected: number;
  /** Number of exchanges of lost workers whose end nobody knows. */
  readonly unknown: number;
  /** Requests a second, over the time measured. */
  readonly requestsPerSecond: number;
  /** Failures a second, over the time measured. */
  readonly failuresPerSecond: number;
  /** Wire bytes with headers. */
  readonly bytesReceived: number;
  /** Mean length of decoded bodies, in bytes. */
  readonly averageContentLength: number;
  /** Number of final answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** From when the script asked (or the iteration was due) to the last byte. */
  readonly responseTime: TimeTotals;
  /** From when the engine acted to the last byte. */
  readonly serviceTime: TimeTotals;
  /** The generator's own lateness. */
  readonly sendLag: TimeTotals;
  /** From when the engine acted to the first byte of the final answer. */
  readonly timeToFirstByte: TimeTotals;
  /** `responseTime` of the requests that succeeded. */
  readonly succeededResponseTime: TimeTotals;
  /** `responseTime` of the requests that failed. */
  readonly failedResponseTime: TimeTotals;
}
