import {
  formatDuration,
  formatFailPercent,
  formatRate,
  formatTime,
  NO_VALUE,
} from '../base/format.ts';
import type { RunFigures, StatsWindow } from '../stats/snapshot/run-snapshot.ts';
import { type PercentileName, supportedPercentile } from './model/text/samples.ts';

/**
 * The state of a run in one line for a log: `key=value` with one space between, no colour and no
 * padding; rates and percentiles are of the last 10 s.
 *
 * @param isoTime - Now, ISO 8601 to the second.
 */
export function progressLine(snapshot: RunFigures, isoTime: string): string {
  const alive = snapshot.workers.filter(({ status }) => status !== 'lost').length;
  if (snapshot.state === 'waiting') {
    return `${isoTime} waiting workers=${alive}/${Math.max(snapshot.workersExpected, alive)}`;
  }
  const { now, users, limitMs, ledger, verdict, thresholds, exceptions } = snapshot;
  const limit = limitMs === null ? '' : `/${formatDuration(limitMs)}`;
  const passed = thresholds.filter(({ state }) => state === 'pass').length;
  const fields = [
    `t=${formatDuration(snapshot.at)}${limit}`,
    `users=${users.now}/${users.target}`,
    `rps=${plainRate(now.rps)}`,
    `fail=${failText(now)}`,
    ...(['p50', 'p95', 'p99'] as const).map((name) => `${name}=${timeText(now, name)}`),
    `inflight=${ledger.inFlight}`,
    `workers=${alive}/${snapshot.workers.length}`,
    `run=${verdict.level}`,
    ...(thresholds.length > 0 ? [`thresholds=${passed}/${thresholds.length}`] : []),
    ...(exceptions.occurrences > 0 ? [`exceptions=${exceptions.occurrences}`] : []),
  ];
  return `${isoTime} ${snapshot.state} ${fields.join(' ')}`;
}

/** A rate without commas, as a program reads it. */
function plainRate(perSecond: number): string {
  if (!Number.isFinite(perSecond) || perSecond < 0) return NO_VALUE;
  return perSecond < 999.95 ? formatRateTenths(perSecond) : perSecond.toFixed(0);
}

function formatRateTenths(perSecond: number): string {
  return perSecond > 0 && perSecond < 0.05 ? formatRate(perSecond) : perSecond.toFixed(1);
}

function failText({ fails, n }: StatsWindow): string {
  const percent = formatFailPercent(fails, n);
  return percent === NO_VALUE ? percent : `${percent}%`;
}

function timeText(window: StatsWindow, name: PercentileName): string {
  const ms = supportedPercentile(window.response, name, window.n);
  // ASCII without blanks and commas, so that every program reads it as one field.
  return formatTime(ms, 'u').replaceAll(/[ ,]/g, '');
}
