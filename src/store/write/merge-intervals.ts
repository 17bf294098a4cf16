import { KatydidError } from '../../base/errors.ts';
import { decodeInterval } from '../../stats/interval/interval-codec.ts';
import { openRunFile } from '../read/run-reader.ts';
import type { LeaseEnd, RawInterval, RunEnd, RunRecord } from '../record/run-record.ts';
import { RunDatabase } from './run-database.ts';

/** Intervals of one worker that its master never got. */
export interface MergeSource {
  /** Where they come from, for messages. */
  readonly path: string;
  readonly runId: string;
  readonly workerId: string;
  readonly nodeId: string;
  readonly intervals: readonly Omit<RawInterval, 'workerId'>[];
  /** Whether these are all that the worker held: then nothing beyond them was sent under their leases. */
  readonly isWhole: boolean;
}

/** What a merge came to, in intervals. */
export interface MergeResult {
  readonly added: number;
  /** Intervals that the run file had before; they change nothing. */
  readonly known: number;
}

/**
 * Adds intervals to the file of a run that ended or crashed, all in one transaction and each of them once,
 * however often it is given. A run without an end stays one.
 *
 * @throws {KatydidError} `KAT_SALVAGE` where a source is of another run, of a worker that the run does not
 *   know, or has something that is no interval; `KAT_RUN_FILE` where the file is none or is being written.
 */
export function mergeIntervals(path: string, sources: readonly MergeSource[]): MergeResult {
  using file = openRunFile(path);
  for (const source of sources) checkSource(path, file.record, source);
  const intervals = sources.flatMap(({ workerId, intervals: held }) =>
    held.map((interval) => ({ ...interval, workerId })),
  );
  const seconds = Math.max(0, ...sources.map(lastedOf));
  file.close();
  const database = new RunDatabase(path, undefined);
  try {
    const { duplicates } = database.commit({ intervals, leaseEnds: sources.flatMap(endsOf) });
    extendRun(database, seconds);
    return { added: intervals.length - duplicates.length, known: duplicates.length };
  } finally {
    database.close();
  }
}

/** A worker that delivered everything sent nothing else under its leases. */
function endsOf({ workerId, intervals, isWhole }: MergeSource): LeaseEnd[] {
  if (!isWhole) return [];
  const epochs = new Set(intervals.map(({ epoch }) => epoch));
  return [...epochs].map((epoch) => ({ workerId, epoch, atMostMore: 0 }));
}

function checkSource(path: string, { info, workers }: RunRecord, source: MergeSource): void {
  if (source.runId !== info.id) {
    throw unfit(source, `it is of run ${source.runId}, and ${path} of run ${info.id}`);
  }
  const worker = workers.find(({ workerId }) => workerId === source.workerId);
  if (worker?.nodeId !== source.nodeId) {
    throw unfit(source, `the run knows no worker ${source.workerId} with the id ${source.nodeId}`);
  }
}

/** Seconds that the run lasted at least, by what a worker measured. */
function lastedOf(source: MergeSource): number {
  let seconds = 0;
  for (const { payload } of source.intervals) {
    let measured: ReturnType<typeof decodeInterval>;
    try {
      measured = decodeInterval(payload);
    } catch (cause) {
      throw unfit(source, 'it has something that is no interval', cause);
    }
    const { second, users, names } = measured;
    // Users that still run at the end of a second have filled it. Users that ended in it may have ended early.
    if (users > 0) seconds = Math.max(seconds, second + 1);
    else if (names.length > 0) seconds = Math.max(seconds, second);
  }
  return seconds;
}

function extendRun(database: RunDatabase, seconds: number): void {
  const end: RunEnd | undefined = database.end;
  if (end === undefined || end.durationSeconds >= seconds) return;
  database.finish({ ...end, durationSeconds: seconds });
}

function unfit({ path }: MergeSource, why: string, cause?: unknown): KatydidError {
  return new KatydidError('KAT_SALVAGE', `cannot merge ${path}: ${why}`, {
    hint: 'Nothing was merged.',
    cause,
  });
}
