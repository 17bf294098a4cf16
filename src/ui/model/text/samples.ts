import type { Percentiles } from '../../../stats/snapshot/run-snapshot.ts';

/** The percentiles that the screen shows. */
export type PercentileName = 'p50' | 'p90' | 'p95' | 'p99' | 'p999';

const SAMPLES_NEEDED: Readonly<Record<PercentileName, number>> = {
  p50: 2,
  p90: 10,
  p95: 20,
  p99: 100,
  p999: 1000,
};

/**
 * A percentile that has samples enough: with fewer than 1 / (1 - q) of them, quantile q would only repeat
 * the maximum.
 *
 * @param samples - The number of requests in the window of the percentiles.
 * @returns Milliseconds; null with too few samples.
 */
export function supportedPercentile(
  percentiles: Percentiles,
  name: PercentileName,
  samples: number,
): number | null {
  return samples >= SAMPLES_NEEDED[name] ? percentiles[name] : null;
}
