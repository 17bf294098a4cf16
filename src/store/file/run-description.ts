import type { DatabaseSync } from 'node:sqlite';
import { damage, rowOf } from '../record/row.ts';
import type { RunEnd, RunInfo } from '../record/run-record.ts';
import { MAX_SECOND } from './schema.ts';

/** Type of every field of the stored description that a report relies on. */
const INFO_TYPES: Readonly<
  Record<Exclude<keyof RunInfo, 'startedAtEpochMs' | 'runTimeSeconds'>, string>
> = {
  id: 'string',
  katydidVersion: 'string',
  nodeVersion: 'string',
  createdAtEpochMs: 'number',
  host: 'string',
  loadfile: 'string',
  scriptSha256: 'string',
  users: 'number',
  spawnRate: 'number',
  workers: 'number',
  seed: 'number',
  labels: 'object',
  commandLine: 'object',
  exitCodeOnError: 'number',
  strict: 'boolean',
};

/** The JSON stored under a key of the run; `undefined` where there is none. */
export function runValue(db: DatabaseSync, key: 'info' | 'end'): unknown {
  const row = rowOf(db.prepare('SELECT value FROM run WHERE key = ?'), key);
  return row === undefined ? undefined : JSON.parse(row.text('value'));
}

/**
 * Reads what is stored of a run's beginning.
 *
 * @throws {KatydidError} `KAT_STORE` where it is not that.
 */
export function infoOf(value: unknown): RunInfo {
  const info = recordOf(value);
  const { startedAtEpochMs, runTimeSeconds } = info;
  const isWhole =
    Object.entries(INFO_TYPES).every(([key, type]) => typeof info[key] === type) &&
    isNumberOrNull(startedAtEpochMs) &&
    isNumberOrNull(runTimeSeconds);
  if (!isWhole) throw damage('the run has no description');
  // Every field was checked just now.
  return value as RunInfo;
}

/** Reads what is stored of a run's end; `undefined` where there is none. Errors as for `infoOf`. */
export function endOf(value: unknown): RunEnd | undefined {
  if (value === undefined) return undefined;
  const { durationSeconds, endedAtEpochMs, stopReason } = recordOf(value);
  const isWhole =
    typeof endedAtEpochMs === 'number' &&
    typeof stopReason === 'string' &&
    typeof durationSeconds === 'number' &&
    durationSeconds >= 0 &&
    durationSeconds <= MAX_SECOND;
  if (!isWhole) {
    throw damage('the end of the run is not what was written');
  }
  // Checked just now; a reason that a later version of this format added is shown as it is.
  return value as RunEnd;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || typeof value === 'number';
}
