import { usToMs } from '../../base/units.ts';
import type { Histogram } from '../histogram/histogram.ts';
import type { Percentiles } from '../snapshot/run-snapshot.ts';

const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999] as const;

const NO_SAMPLES: Percentiles = {
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  min: null,
  avg: null,
  max: null,
};

/** The figures of a histogram that snapshots show, in milliseconds; all null without values. */
export function percentilesOf(histogram: Histogram): Percentiles {
  if (histogram.count === 0) return NO_SAMPLES;
  const [p50, p90, p95, p99, p999] = histogram.percentilesUs(QUANTILES);
  return {
    p50: msOrNull(p50),
    p90: msOrNull(p90),
    p95: msOrNull(p95),
    p99: msOrNull(p99),
    p999: msOrNull(p999),
    min: usToMs(histogram.minUs),
    avg: msOrNull(histogram.meanUs),
    max: usToMs(histogram.maxUs),
  };
}

/** One percentile in milliseconds, 0 <= `quantile` <= 1; null without values. */
export function percentileMs(histogram: Histogram, quantile: number): number | null {
  return msOrNull(histogram.percentileUs(quantile));
}

function msOrNull(us: number | null | undefined): number | null {
  return us === null || us === undefined ? null : usToMs(us);
}
