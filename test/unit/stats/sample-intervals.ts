import type { RequestOutcome } from '../../../src/measure/request-outcome.ts';
import {
  type Interval,
  type NameStats,
  NO_STALLS,
  type WorkerHealth,
} from '../../../src/stats/interval/interval.ts';
import { NameTotals } from '../../../src/stats/interval/name-totals.ts';

export const calmHealth: WorkerHealth = {
  cpuRatio: 0.25,
  loopRatio: 0.5,
  memoryBytes: 80_000_000,
  clockOffsetUs: -12.5,
  clockErrorUs: 90,
  stalls: NO_STALLS,
};

/** A request that went well in 100 ms, but for what is given. */
export function outcome(changes: Partial<RequestOutcome> = {}): RequestOutcome {
  return {
    ok: true,
    status: 200,
    error: undefined,
    sent: true,
    responseUs: 100_000,
    serviceUs: 99_000,
    lagUs: 1000,
    ttfbUs: 98_000,
    bytesReceived: 200,
    contentBytes: 20,
    finishedAtUs: 0,
    ...changes,
  };
}

/** A request that was refused before anything was sent. */
export function refused(changes: Partial<RequestOutcome> = {}): RequestOutcome {
  const nothing = { status: 0, ttfbUs: -1, bytesReceived: 0, contentBytes: 0, sent: false };
  return outcome({ ok: false, error: 'ECONNREFUSED', ...nothing, ...changes });
}

/** Figures of a name with these response times, all succeeded with status 200. */
export function nameStats(
  name: string,
  responsesUs: readonly number[],
  inFlight = 0,
  failuresUs: readonly number[] = [],
): NameStats {
  const stats = new NameTotals('GET', name);
  for (const responseUs of responsesUs) {
    stats.succeeded += 1;
    stats.succeededResponse.record(responseUs);
    stats.service.record(responseUs - 10);
    stats.lag.record(10);
    stats.ttfb.record(responseUs - 20);
    stats.countStatus(200, 1);
    stats.bytesReceived += 200;
    stats.contentBytes += 20;
  }
  for (const responseUs of failuresUs) {
    stats.failed += 1;
    stats.failedResponse.record(responseUs);
    stats.service.record(responseUs);
    stats.lag.record(10);
    stats.countStatus(503, 1);
  }
  stats.inFlight = inFlight;
  return stats;
}

/** An interval of a calm worker. */
export function interval(second: number, changes: Partial<Interval> = {}): Interval {
  return {
    second,
    users: 10,
    usersPeak: changes.users ?? 10,
    health: calmHealth,
    names: [],
    errors: [],
    exceptions: [],
    ...changes,
  };
}

/** An interval as plain data, so that two can be compared. */
export function plainInterval(given: Interval): object {
  return { ...given, names: given.names.map(plainNameStats) };
}

/** Figures of a name as plain data, so that two can be compared. */
export function plainNameStats(stats: NameStats): object {
  const { method, name, succeeded, failed, notSent, abandoned, redirected, inFlight } = stats;
  return {
    ...{ method, name, succeeded, failed, notSent, abandoned, redirected, inFlight },
    bytesReceived: stats.bytesReceived,
    contentBytes: stats.contentBytes,
    statuses: [...stats.statuses].sort(([a], [b]) => a - b),
    succeededResponse: plainHistogram(stats.succeededResponse),
    failedResponse: plainHistogram(stats.failedResponse),
    service: plainHistogram(stats.service),
    lag: plainHistogram(stats.lag),
    ttfb: plainHistogram(stats.ttfb),
  };
}

/** A histogram as plain data, so that two can be compared. */
export function plainHistogram(histogram: NameStats['service']): object {
  const buckets: number[][] = [];
  histogram.forEachBucket((lowUs, highUs, count) => {
    buckets.push([lowUs, highUs, count]);
  });
  const { count, sumUs, minUs, maxUs } = histogram;
  return { count, sumUs, minUs, maxUs, buckets };
}
