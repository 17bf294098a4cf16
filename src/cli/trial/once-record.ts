import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { nanoid } from 'nanoid';
import { systemClock } from '../../base/clock.ts';
import { VERSION } from '../../base/version.ts';
import { NO_HEALTH } from '../../stats/interval/interval.ts';
import { encodeInterval } from '../../stats/interval/interval-codec.ts';
import { type Recorder, toInterval } from '../../stats/recorder/recorder.ts';
import type { RawInterval, RunInfo, StopReason } from '../../store/record/run-record.ts';
import { openRunWriter } from '../../store/write/run-writer.ts';
import type { RunOptions } from '../options/table/option-values.ts';
import { defaultRunFile } from '../session/run-file-path.ts';

/** A trial that is over, with everything that its run file keeps. */
export interface OnceRecord {
  readonly options: RunOptions;
  readonly host: string;
  readonly loadfile: string;
  readonly scriptSha256: string;
  readonly seed: number;
  /** Secrets removed. */
  readonly commandLine: readonly string[];
  readonly recorder: Recorder;
  readonly startedAtEpochMs: number;
  /** By the clock that the recorder was begun with. */
  readonly startUs: number;
  readonly endUs: number;
  readonly stopReason: StopReason;
}

const WORKER_ID = 'w1';

/**
 * Writes the run file of a trial: one worker, one user at a time.
 *
 * @returns Its path.
 * @throws {KatydidError} `KAT_OUTPUT` where it cannot be made.
 */
export async function writeOnceRecord(record: OnceRecord): Promise<string> {
  const { options, recorder, startUs, endUs, stopReason } = record;
  const id = nanoid(12);
  const path = options.outFile ?? defaultRunFile(record.startedAtEpochMs, id);
  if (options.outFile === undefined) mkdirSync(dirname(resolve(path)), { recursive: true });
  const writer = await openRunWriter(path, infoOf(record, id));
  try {
    recorder.flush(endUs);
    await writer.commit({
      intervals: intervalsOf(recorder),
      workers: [
        {
          workerId: WORKER_ID,
          nodeId: nanoid(),
          host: hostname(),
          pid: process.pid,
          status: 'finished',
        },
      ],
    });
    await writer.finish({
      endedAtEpochMs: systemClock.epochMs(),
      durationSeconds: Math.max(0, endUs - startUs) / 1e6,
      stopReason,
    });
  } finally {
    await writer.close();
  }
  return writer.path;
}

function intervalsOf(recorder: Recorder): readonly RawInterval[] {
  return recorder.takePending().map((recorded, index) => ({
    workerId: WORKER_ID,
    epoch: 1,
    sequence: index + 1,
    payload: encodeInterval(toInterval(recorded, 1, NO_HEALTH)),
  }));
}

function infoOf(record: OnceRecord, id: string): RunInfo {
  const { options, startedAtEpochMs } = record;
  return {
    id,
    katydidVersion: VERSION,
    nodeVersion: process.version,
    createdAtEpochMs: startedAtEpochMs,
    startedAtEpochMs,
    host: record.host,
    loadfile: record.loadfile,
    scriptSha256: record.scriptSha256,
    users: 1,
    spawnRate: options.spawnRate,
    workers: 1,
    seed: record.seed,
    labels: options.labels,
    runTimeSeconds: null,
    commandLine: record.commandLine,
    exitCodeOnError: options.exitCodeOnError,
    strict: options.strict,
  };
}
