import type { Histogram } from '../stats/histogram/histogram.ts';

/** The percentiles that the summary shows. */
export const SHOWN_QUANTILES: readonly number[] = [0.5, 0.95, 0.99];

/** How many samples it takes to tell a percentile from the maximum. */
export function samplesFor(quantile: number): number {
  // 1 / (1 - 0.95) is 19.999999999999982.
  return Math.round(1 / (1 - quantile));
}

/** A percentile in milliseconds; null where the sample is too small to tell it from the maximum. */
export function supportedMs(times: Histogram, quantile: number): number | null {
  const us = times.count < samplesFor(quantile) ? null : times.percentileUs(quantile);
  return us === null ? null : us / 1000;
}

/**
 * Says why a percentile of these distributions is shown as a dash, and what it takes to show it; empty
 * where none is.
 */
export function dashText(shown: readonly Histogram[]): string {
  const missing = SHOWN_QUANTILES.filter((quantile) =>
    shown.some(({ count }) => count < samplesFor(quantile)),
  );
  if (missing.length === 0) return '';
  const needs = missing.map(
    (quantile, index) => `p${quantile * 100}${index === 0 ? ' needs' : ''} ${samplesFor(quantile)}`,
  );
  return `too few requests: ${needs.join(', ')} (--json has them)`;
}
