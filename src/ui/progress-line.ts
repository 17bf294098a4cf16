import {
  formatDuration,
  formatFailPercent,
  formatRate,
  formatTime,
  NO_VALUE,
} from '../base/format.ts';
import type { RunFigures, StatsWindow } from '../stats/snapshot/run-snapshot.ts';
import { type PercentileName, supportedPercentile } from './model/text/samples.ts';

/** Something that happened in a run, as a word and what belongs to it. */
export interface ProgressEvent {
  /** `worker-lost`, `users-changed`, `stopping`, … */
  readonly name: string;
  /** Written as `key=value` in this order. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

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

/**
 * Something that happened, in one line: `… event worker-lost id=w2 host=10.0.0.7`.
 *
 * @param isoTime - When, ISO 8601 to the second.
 */
export function eventLine(event: ProgressEvent, isoTime: string): string {
  return `${isoTime} event ${event.name}${fieldsText(event.fields)}`;
}

/** The first line of a run: `… start users=100 spawn=10/s limit=1:00 workers=2`. */
export function startLine(snapshot: RunFigures, isoTime: string): string {
  const { users, limitMs, workers } = snapshot;
  const limit = limitMs === null ? 'none' : formatDuration(limitMs);
  const rate = `${users.spawnRate}/s`;
  return `${isoTime} start users=${users.target} spawn=${rate} limit=${limit} workers=${workers.length}`;
}

/** The last line of a run: `… finished t=1:00 reason=run-time`. */
export function finishedLine(snapshot: RunFigures, reason: string, isoTime: string): string {
  return `${isoTime} finished t=${formatDuration(snapshot.at)}${fieldsText({ reason })}`;
}

function fieldsText(fields: ProgressEvent['fields'] = {}): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${quoted(String(value))}`)
    .join('');
}

/** A single word stays unchanged; any other text becomes a JSON string, so that it stays one field. */
function quoted(value: string): string {
  return /^[\w.:/@%+,-]+$/.test(value) ? value : JSON.stringify(value);
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
