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

/** The part of a run that its file has. */
export interface EarlierRecord extends EarlierFigures {
  readonly events: readonly RunEvent[];
}

/** How long, at least, users of a run have run by what its file tells, in microseconds. */
export function lastedUs({ seconds, events }: EarlierRecord): number {
  const drained = events.filter(({ kind }) => kind === DRAINED_EVENT).map(lastEndOf);
  const full = seconds.findLastIndex(({ users }) => users > 0) + 1;
  return Math.max(secondsToUs(full), ...drained);
}

/** The event that the last user of a worker has ended. @param lastUserEndUs - Since the run's start. */
export function drainedEvent(workerId: string, atMs: number, lastUserEndUs: number): RunEvent {
  return { atMs, kind: DRAINED_EVENT, data: { id: workerId, lastUserEndUs } };
}

function lastEndOf({ data }: RunEvent): number {
  if (typeof data !== 'object' || data === null) return 0;
  const { lastUserEndUs }: { lastUserEndUs?: unknown } = data;
  return typeof lastUserEndUs === 'number' ? lastUserEndUs : 0;
}

/** What is known of a run that another process carries on, since its master is gone. */
export interface ResumedRun {
  /** When it started, by this process's clock, in microseconds; `undefined`: it has not. */
  readonly startUs: number | undefined;
  /** What the script's `setup` returned; `undefined`: it was not run to its end. */
  readonly setupData: Json | undefined;
  /** In the order of joining. */
  readonly workers: readonly RestoredWorker[];
  /** Whether users or spawn rate were changed since the plan was made. */
  readonly hasOtherLoad: boolean;
  readonly isSpawned: boolean;
  /** Why the run was stopping; `undefined` where it was not. */
  readonly stopReason: StopReason | undefined;
  /** What the run file has. */
  readonly record: EarlierRecord;
  /** The epoch under which the script's intervals on the master are numbered from now on. */
  readonly masterEpoch: number;
}
