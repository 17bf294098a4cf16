import type { DatabaseSync } from 'node:sqlite';
import { IntervalScanner } from '../../stats/interval/interval-scanner.ts';
import { rowsOf } from '../record/row.ts';
import type { RunFolding } from './run-folding.ts';

/** Adds every interval of a run file that is not merged into its tables yet, in the order they came. */
export function foldPending(db: DatabaseSync, folding: RunFolding): void {
  const pending = db.prepare(
    `SELECT worker_id, epoch, sequence, payload FROM pending
     JOIN intervals ON intervals.id = interval JOIN workers ON workers.id = worker
     ORDER BY interval`,
  );
  const scanner = new IntervalScanner();
  for (const row of rowsOf(pending)) {
    const key = {
      workerId: row.text('worker_id'),
      epoch: row.number('epoch'),
      sequence: row.number('sequence'),
    };
    folding.add(key, scanner.scan(row.bytes('payload')));
  }
}
