import { resolve } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { msToUs } from '../../base/units.ts';
import type { ResumedRun } from '../../master/fleet/resumed-run.ts';
import type { RunKey, StartInstant } from '../../protocol/files/run-key.ts';
import { bootId } from '../../store/file/run-owner.ts';
import type { LastInterval } from '../../store/folding/unknown-requests.ts';
import { openRunFile } from '../../store/read/run-reader.ts';
import { MASTER_ID, type RunRecord, type StopReason } from '../../store/record/run-record.ts';
import type { DeclaredValues } from '../options/read/declared-options.ts';
import type { MasterOptions } from '../options/table/option-values.ts';
import { cannotResume, readRunKey, removeRunKey } from './run-key-file.ts';

/** A run whose master is gone, as its files tell it. */
export interface CrashedRun {
  /** Absolute path. */
  readonly runFile: string;
  readonly key: RunKey;
  readonly resumed: ResumedRun;
  /** Those that it was started with, with the load that was last asked for. */
  readonly options: MasterOptions;
  /** Values of the load file's own options. */
  readonly declared: DeclaredValues['values'];
}

/**
 * Reads what there is of a run that crashed.
 *
 * @throws {KatydidError} `KAT_RUN_FILE` where the run file is none; `KAT_RESUME` where the run has ended,
 *   has no key, or one of another run.
 */
export function readCrashedRun(path: string): CrashedRun {
  const runFile = resolve(path);
  using file = openRunFile(runFile);
  const { record } = file;
  if (record.ended) {
    removeRunKey(runFile, record.info.id);
    throw cannotResume(path, 'the run has ended');
  }
  const key = readRunKey(runFile);
  if (key.runId !== record.info.id) {
    throw cannotResume(path, `its key is of run ${key.runId}, and it is run ${record.info.id}`);
  }
  const load = lastLoad(record);
  // Written by this very version, and no longer than it: what is missing was not given.
  const given = key.options as unknown as MasterOptions;
  const options: MasterOptions = {
    ...given,
    ...load,
    ...outputsOf(given, key.folder),
    port: key.port,
  };
  const declared = key.declared as DeclaredValues['values'];
  return {
    runFile,
    key,
    options,
    declared,
    resumed: resumedRun(key, record, file.lastIntervals(), load),
  };
}

function resumedRun(
  { start, setup }: RunKey,
  record: RunRecord,
  last: readonly LastInterval[],
  load: Partial<Pick<MasterOptions, 'users' | 'spawnRate'>>,
): ResumedRun {
  const masterEpochs = last.filter(({ workerId }) => workerId === MASTER_ID);
  return {
    startUs: startUsOf(start, record.info.startedAtEpochMs),
    setupData: setup?.data,
    workers: record.workers.map(({ workerId, nodeId, host, pid, status }) => ({
      ...{ workerId, nodeId, host, pid, status },
      intervals: last.filter((interval) => interval.workerId === workerId),
    })),
    hasOtherLoad: Object.keys(load).length > 0,
    isSpawned: record.events.some(({ kind }) => kind === 'spawning-complete'),
    // Written by this very version.
    stopReason: lastOf(record, 'stopping', 'reason') as StopReason | undefined,
    record,
    masterEpoch: Math.max(1, ...masterEpochs.map(({ epoch }) => epoch + 1)),
  };
}

/** By this process's clock: the same one, unless the machine was started again or is another. */
function startUsOf(start: StartInstant | undefined, storedMs: number | null): number | undefined {
  if (start?.bootId === bootId() && start?.bootId !== undefined) return start.monotonicUs;
  // A machine that lost its power may have lost the last line of the key, but nothing of the run file.
  const epochMs = start?.epochMs ?? storedMs;
  if (epochMs === null) return undefined;
  return systemClock.nowUs() - msToUs(systemClock.epochMs() - epochMs);
}

/** What a person has changed of the load. */
function lastLoad(record: RunRecord): Partial<Pick<MasterOptions, 'users' | 'spawnRate'>> {
  const users = lastOf(record, 'users-changed', 'to');
  const spawnRate = lastOf(record, 'spawn-rate-changed', 'to');
  return {
    ...(typeof users === 'number' ? { users } : {}),
    ...(typeof spawnRate === 'number' ? { spawnRate } : {}),
  };
}

function lastOf({ events }: RunRecord, kind: string, field: string): unknown {
  const data = events.findLast((event) => event.kind === kind)?.data;
  return typeof data === 'object' && data !== null ? Object(data)[field] : undefined;
}

/** Names of files were seen from the folder in which the run was started. */
function outputsOf(
  { csvPrefix, jsonFile }: MasterOptions,
  folder: string,
): Pick<MasterOptions, 'csvPrefix' | 'jsonFile'> {
  return {
    csvPrefix: csvPrefix === undefined ? undefined : resolve(folder, csvPrefix),
    jsonFile: jsonFile === undefined || jsonFile === '-' ? jsonFile : resolve(folder, jsonFile),
  };
}
