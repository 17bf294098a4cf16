import { inJson } from '../base/outside-text.ts';
import type { RequestTotals, TimeTotals } from '../measure/request-totals.ts';
import type { Histogram } from '../stats/histogram/histogram.ts';
import type { Ledger } from '../stats/snapshot/run-snapshot.ts';
import type { Verdict } from '../stats/verdict/verdict.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { NameFigures, RunRecord, StopReason } from '../store/record/run-record.ts';
import { isoTime } from './iso-time.ts';
import { millisecondsOf, verdictOf } from './run-verdict.ts';

/** Figures of one request name. */
export interface RequestJson extends RequestTotals {
  readonly method: string;
  readonly name: string;
}

/** What `--json` writes: schema `katydid.summary/1`. Times in milliseconds. */
export interface SummaryJson {
  readonly schema: 'katydid.summary/1';
  readonly katydid: string;
  readonly run: {
    readonly id: string;
    readonly startedAt: string;
    readonly endedAt: string;
    readonly durationSeconds: number;
    readonly host: string;
    readonly loadfile: string;
    readonly scriptSha256: string;
    readonly users: number;
    readonly spawnRate: number;
    readonly workers: number;
    readonly seed: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly measuredFromSecond: number;
    readonly stopReason: StopReason;
  };
  readonly verdict: Verdict;
  readonly ledger: Ledger;
  readonly thresholds: readonly never[];
  readonly total: RequestTotals;
  readonly requests: readonly RequestJson[];
  readonly errors: readonly {
    readonly method: string;
    readonly name: string;
    readonly error: string;
    readonly occurrences: number;
    readonly firstSeen: string;
    readonly lastSeen: string;
  }[];
  readonly exceptions: readonly {
    readonly message: string;
    readonly traceback: string;
    readonly occurrences: number;
    readonly workers: readonly string[];
  }[];
  readonly timeline: readonly {
    readonly second: number;
    readonly users: number;
    readonly requests: number;
    readonly failures: number;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  }[];
  readonly workers: readonly {
    readonly id: string;
    readonly host: string;
    readonly pid: number;
    readonly usersPeak: number;
    readonly requests: number;
    readonly cpuPercent: number | null;
    readonly eventLoopUtilization: number | null;
    readonly sendLagP99: number | null;
    readonly status: 'finished' | 'lost';
  }[];
}

/** The JSON summary of a run. Its fields are part of the contract: they are only ever added to. */
export function summaryJson(record: RunRecord): SummaryJson {
  const seconds = measuredSeconds(record);
  return {
    schema: 'katydid.summary/1',
    katydid: record.info.katydidVersion,
    run: runJson(record),
    verdict: roundedVerdict(verdictOf(record)),
    ledger: record.ledger,
    thresholds: [],
    total: figuresJson(record.total, seconds),
    requests: record.names.map((figures) => ({
      method: figures.method,
      name: figures.name,
      ...figuresJson(figures, seconds),
    })),
    errors: errorsJson(record),
    exceptions: record.exceptions.map(({ message, traceback, occurrences, workers }) => ({
      message,
      traceback,
      occurrences,
      workers,
    })),
    timeline: record.seconds.map(({ second, users, requests, failures, p50Us, p95Us, p99Us }) => ({
      second,
      users,
      requests,
      failures,
      p50: millisecondsOf(p50Us),
      p95: millisecondsOf(p95Us),
      p99: millisecondsOf(p99Us),
    })),
    workers: workersJson(record),
  };
}

/** The JSON summary as text: two spaces, a line break at the end. */
export function summaryJsonText(record: RunRecord): string {
  const text = JSON.stringify(summaryJson(record), null, 2);
  // JSON leaves these as they are, and `--json -` may go to a terminal, which takes them for orders.
  return `${inJson(text)}\n`;
}

/** Seconds that rates are over: the run, or what of it came after the statistics last started again. */
export function measuredSeconds(record: RunRecord): number {
  return Math.max(record.durationSeconds - record.measuredFromSecond, 0);
}

/** A quotient with at most six decimals; 0 where there is nothing to divide by. */
export function rateOf(count: number, seconds: number): number {
  return seconds > 0 ? rounded(count / seconds) : 0;
}

function runJson(record: RunRecord): SummaryJson['run'] {
  const { info } = record;
  return {
    id: info.id,
    startedAt: isoTime(info.startedAtEpochMs ?? info.createdAtEpochMs),
    endedAt: isoTime(record.endedAtEpochMs),
    durationSeconds: rounded(record.durationSeconds),
    host: info.host,
    loadfile: info.loadfile,
    scriptSha256: info.scriptSha256,
    users: info.users,
    spawnRate: info.spawnRate,
    workers: info.workers,
    seed: info.seed,
    labels: info.labels,
    measuredFromSecond: record.measuredFromSecond,
    stopReason: record.stopReason,
  };
}

function roundedVerdict({ validity, reasons }: Verdict): Verdict {
  return {
    validity,
    reasons: reasons.map((reason) => ({ ...reason, observed: rounded(reason.observed) })),
  };
}

/**
 * Figures as the summary has them.
 *
 * @param seconds - What rates are over.
 */
export function figuresJson(figures: NameFigures, seconds: number): RequestTotals {
  const requests = figures.succeeded + figures.failed;
  return {
    requests,
    failures: figures.failed,
    notSent: figures.notSent,
    abandoned: figures.abandoned,
    redirected: figures.redirected,
    unknown: figures.unknown,
    requestsPerSecond: rateOf(requests, seconds),
    failuresPerSecond: rateOf(figures.failed, seconds),
    bytesReceived: figures.bytesReceived,
    averageContentLength: rateOf(figures.contentBytes, requests),
    statuses: statusesJson(figures),
    responseTime: timesJson(responseOf(figures)),
    serviceTime: timesJson(figures.service),
    sendLag: timesJson(figures.lag),
    timeToFirstByte: timesJson(figures.ttfb),
    succeededResponseTime: timesJson(figures.succeededResponse),
    failedResponseTime: timesJson(figures.failedResponse),
  };
}

function statusesJson({ statuses }: NameFigures): Record<string, number> {
  const sorted = [...statuses].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([status, count]) => [String(status), count]));
}

function timesJson(histogram: Histogram): TimeTotals {
  const quantiles = [0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999];
  const [p50, p66, p75, p80, p90, p95, p98, p99, p999, p9999] = histogram
    .percentilesUs(quantiles)
    .map(millisecondsOf);
  const isEmpty = histogram.count === 0;
  return {
    min: millisecondsOf(isEmpty ? null : histogram.minUs),
    mean: millisecondsOf(histogram.meanUs),
    max: millisecondsOf(isEmpty ? null : histogram.maxUs),
    p50: p50 ?? null,
    p66: p66 ?? null,
    p75: p75 ?? null,
    p80: p80 ?? null,
    p90: p90 ?? null,
    p95: p95 ?? null,
    p98: p98 ?? null,
    p99: p99 ?? null,
    'p99.9': p999 ?? null,
    'p99.99': p9999 ?? null,
  };
}

/** Most frequent first; the record's order decides between equals. */
function errorsJson(record: RunRecord): SummaryJson['errors'] {
  const startedAtEpochMs = record.info.startedAtEpochMs ?? record.info.createdAtEpochMs;
  return record.errors
    .toSorted((a, b) => b.occurrences - a.occurrences)
    .map(({ method, name, error, occurrences, firstUs, lastUs }) => ({
      method,
      name,
      error,
      occurrences,
      firstSeen: isoTime(startedAtEpochMs + firstUs / 1000),
      lastSeen: isoTime(startedAtEpochMs + lastUs / 1000),
    }));
}

function workersJson(record: RunRecord): SummaryJson['workers'] {
  return record.workers.map((worker) => ({
    id: worker.workerId,
    host: worker.host,
    pid: worker.pid,
    usersPeak: worker.usersPeak,
    requests: worker.requests,
    cpuPercent: worker.cpuRatio === null ? null : rounded(worker.cpuRatio * 100),
    eventLoopUtilization: worker.loopRatio === null ? null : rounded(worker.loopRatio),
    sendLagP99: millisecondsOf(worker.lag.percentileUs(0.99)),
    // A worker that nobody saw finish, since the master crashed, is as good as lost.
    status: worker.status === 'finished' ? 'finished' : 'lost',
  }));
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
