/** How late the latest requests were sent, as far as there are enough of them to say so. */
export interface LagTail {
  readonly percentile: 'p99' | 'p95' | 'p50';
  readonly ms: number;
}

/** Send lags of a run, in milliseconds; null without samples. */
export interface LagPercentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** With fewer requests than this a percentile would only repeat the maximum: one late start of a short run. */
const SAMPLES_NEEDED = { p99: 100, p95: 20, p50: 2 } as const;

/**
 * The percentile of the send lag that a verdict may go by.
 *
 * @param samples - How many requests the percentiles are of.
 * @returns The highest one that so many requests support; null where they support none.
 */
export function lagTailOf(samples: number, lag: LagPercentiles): LagTail | null {
  for (const percentile of ['p99', 'p95', 'p50'] as const) {
    const ms = lag[percentile];
    if (ms !== null && samples >= SAMPLES_NEEDED[percentile]) return { percentile, ms };
  }
  return null;
}
