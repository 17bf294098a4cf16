import type {
  SnapshotFailure,
  SnapshotWorker,
  WorkerStatus,
} from '../../../stats/snapshot/run-snapshot.ts';
import { SATURATED_LOOP_RATIO } from '../../../stats/verdict/verdict.ts';

/** What tells a kind of failure from all others. */
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

/** An event loop that is too busy comes before `rejoined`, which tells of trouble that is over. */
const SATURATED_TROUBLE = 1.5;

/** Workers in trouble first; those of equal trouble in the order of joining, so that rows do not jump. */
export function workersByTrouble(workers: readonly SnapshotWorker[]): SnapshotWorker[] {
  return workers.toSorted((a, b) => troubleOf(b) - troubleOf(a));
}

/** Whether what a worker measures is delayed by itself; one that is done measures nothing any more. */
export function isSaturated({ status, loop }: SnapshotWorker): boolean {
  return status !== 'done' && status !== 'lost' && loop >= SATURATED_LOOP_RATIO;
}

function troubleOf(worker: SnapshotWorker): number {
  const trouble = TROUBLE[worker.status];
  return isSaturated(worker) ? Math.max(trouble, SATURATED_TROUBLE) : trouble;
}
