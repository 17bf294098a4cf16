import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RunIds } from '../record/run-ids.ts';
import type { RawInterval, RunBatch, RunEnd, RunInfo } from '../record/run-record.ts';

/** Writes what is stored as it comes, within the caller's transaction. */
export class RunRows {
  readonly #ids: RunIds;
  readonly #statements: Statements;

  constructor(db: DatabaseSync, ids: RunIds) {
    this.#ids = ids;
    this.#statements = prepareStatements(db);
  }

  /** Writes the run's description. */
  putInfo(info: RunInfo): void {
    this.#statements.putRun.run('info', JSON.stringify(info));
  }

  /** Writes how the run ended. */
  putEnd(end: RunEnd): void {
    this.#statements.putRun.run('end', JSON.stringify(end));
  }

  /** Adds seconds at which the statistics started again; known ones stay as they are. */
  addPhases(fromSeconds: readonly number[]): void {
    for (const fromSecond of fromSeconds) this.#statements.addPhase.run(fromSecond);
  }

  /** Adds an interval that is to be merged later. @returns Whether it is new. */
  addInterval({ workerId, epoch, sequence, payload }: RawInterval, second: number): boolean {
    const worker = this.#ids.workerNumber(workerId);
    const { addInterval, addPending } = this.#statements;
    const { changes, lastInsertRowid } = addInterval.run(worker, epoch, sequence, second);
    if (changes === 0) return false;
    addPending.run(lastInsertRowid, payload);
    return true;
  }

  /** Forgets the payloads of all intervals, which are merged. */
  dropPending(): void {
    this.#statements.dropPending.run();
  }

  /** Writes workers, tallies, ends of leases, events and log of a batch. */
  addRest({ workers = [], tallies = [], leaseEnds = [], events = [], log = [] }: RunBatch): void {
    const { putTally, endLease, addEvent, addLog } = this.#statements;
    for (const worker of workers) this.#ids.putWorker(worker);
    for (const { workerId, epoch, second, sent } of tallies) {
      putTally.run(this.#ids.workerNumber(workerId), epoch, second, sent);
    }
    for (const { workerId, epoch, atMostMore } of leaseEnds) {
      endLease.run(this.#ids.workerNumber(workerId), epoch, atMostMore);
    }
    for (const { atMs, kind, data } of events)
      addEvent.run(atMs, kind, JSON.stringify(data ?? null));
    for (const { atMs, level, workerId, text } of log) addLog.run(atMs, level, workerId, text);
  }
}

type Statements = Record<
  | 'putRun'
  | 'addPhase'
  | 'addInterval'
  | 'addPending'
  | 'addEvent'
  | 'addLog'
  | 'dropPending'
  | 'putTally'
  | 'endLease',
  StatementSync
>;

function prepareStatements(db: DatabaseSync): Statements {
  return {
    putRun: db.prepare('INSERT OR REPLACE INTO run (key, value) VALUES (?, ?)'),
    addPhase: db.prepare('INSERT OR IGNORE INTO phases (from_second) VALUES (?)'),
    addInterval: db.prepare(
      'INSERT OR IGNORE INTO intervals (worker, epoch, sequence, second) VALUES (?, ?, ?, ?)',
    ),
    addPending: db.prepare('INSERT INTO pending (interval, payload) VALUES (?, ?)'),
    addEvent: db.prepare('INSERT INTO events (at_ms, kind, data) VALUES (?, ?, ?)'),
    addLog: db.prepare('INSERT INTO log (at_ms, level, worker_id, text) VALUES (?, ?, ?, ?)'),
    dropPending: db.prepare('DELETE FROM pending'),
    putTally: db.prepare(
      `INSERT INTO leases (worker, epoch, second, sent) VALUES (?, ?, ?, ?)
       ON CONFLICT (worker, epoch) DO UPDATE SET second = excluded.second, sent = excluded.sent`,
    ),
    endLease: db.prepare(
      `INSERT INTO leases (worker, epoch, at_most_more) VALUES (?, ?, ?)
       ON CONFLICT (worker, epoch) DO UPDATE SET at_most_more = excluded.at_most_more`,
    ),
  };
}
