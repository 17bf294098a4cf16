import type {
  SnapshotFailure,
  SnapshotWorker,
  WorkerStatus,
} from '../../../stats/snapshot/run-snapshot.ts';
import { SATURATED_LOOP_RATIO } from '../../../stats/verdict/verdict.ts';

/** A text that is different for each kind of failure. */
export function failureKey({ request, message }: SnapshotFailure): string {
  return JSON.stringify([request, message]);
}

const TROUBLE: Readonly<Record<WorkerStatus, number>> = {
  lost: 3,
  late: 2,
  rejoined: 1,
  ready: 0,
  running: 0,
  done: 0,
};

/** A worker whose event loop is too busy comes before one that rejoined, whose trouble is over. */
const SATURATED_TROUBLE = 1.5;

/** Workers in trouble first; workers of equal trouble stay in the order of joining, so that rows do not jump. */
export function workersByTrouble(workers: readonly SnapshotWorker[]): SnapshotWorker[] {
  return workers.toSorted((a, b) => troubleOf(b) - troubleOf(a));
}

/** Whether a worker's event loop is so busy that its times cannot be trusted; a lost or done worker has none. */
export function isSaturated({ status, loop }: SnapshotWorker): boolean {
  return status !== 'done' && status !== 'lost' && loop >= SATURATED_LOOP_RATIO;
}

function troubleOf(worker: SnapshotWorker): number {
  const trouble = TROUBLE[worker.status];
  return isSaturated(worker) ? Math.max(trouble, SATURATED_TROUBLE) : trouble;
}
