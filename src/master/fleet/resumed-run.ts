import { secondsToUs } from '../../base/units.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import type { EarlierFigures } from '../../stats/aggregate/run-aggregate.ts';
import type { RunEvent, StopReason, WorkerRecord } from '../../store/record/run-record.ts';

const DRAINED_EVENT = 'worker-drained';

/** A worker as the run file knows it. */
export interface RestoredWorker extends WorkerRecord {
  /** The last interval of each of its leases. */
  readonly intervals: readonly { readonly epoch: number; readonly sequence: number }[];
}

/** What is taken from the record of what there is of a run. */
export interface EarlierRecord extends EarlierFigures {
  readonly events: readonly RunEvent[];
}

/** How long users of a run have run at least, in microseconds, by what its file has of it. */
export function lastedUs({ seconds, events }: EarlierRecord): number {
  const drained = events.filter(({ kind }) => kind === DRAINED_EVENT).map(lastEndOf);
  const full = seconds.findLastIndex(({ users }) => users > 0) + 1;
  return Math.max(secondsToUs(full), ...drained);
}

/** The event of a worker whose last user has ended. @param lastUserEndUs - Since the run's start. */
export function drainedEvent(workerId: string, atMs: number, lastUserEndUs: number): RunEvent {
  return { atMs, kind: DRAINED_EVENT, data: { id: workerId, lastUserEndUs } };
}

function lastEndOf({ data }: RunEvent): number {
  if (typeof data !== 'object' || data === null) return 0;
  const { lastUserEndUs }: { lastUserEndUs?: unknown } = data;
  return typeof lastUserEndUs === 'number' ? lastUserEndUs : 0;
}

/** What is known of a run whose master is gone, and which another process carries on. */
export interface ResumedRun {
  /** When it started, by this process's clock, in microseconds; `undefined`: it has not. */
  readonly startUs: number | undefined;
  /** What the script's `setup` returned; `undefined`: it was not run to its end. */
  readonly setupData: Json | undefined;
  /** In the order of joining. */
  readonly workers: readonly RestoredWorker[];
  /** Whether users and spawn rate are no longer those that the plan was made of. */
  readonly hasOtherLoad: boolean;
  readonly isSpawned: boolean;
  /** Why it was stopping; `undefined` where it was not. */
  readonly stopReason: StopReason | undefined;
  /** What the file has of it. */
  readonly record: EarlierRecord;
  /** Under which the intervals of the script on the master are numbered from now on. */
  readonly masterEpoch: number;
}
