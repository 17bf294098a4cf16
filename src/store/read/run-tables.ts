import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { tallyOf } from '../../stats/interval/tally.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import { runValue } from '../file/run-description.ts';
import { MAX_SECOND } from '../file/schema.ts';
import { foldPending } from '../folding/fold-pending.ts';
import {
  addPhaseNameRow,
  addSecondNameRow,
  addWorkerNameRow,
  errorOf,
  secondWorkerOf,
} from '../folding/folding-rows.ts';
import { addLeaseNames } from '../folding/lease-names.ts';
import {
  createLeaseName,
  entryOf,
  mergeSecondWorker,
  RunFolding,
  type SecondWorker,
} from '../folding/run-folding.ts';
import type { LastInterval, LeaseRecord } from '../folding/unknown-requests.ts';
import {
  compareNames,
  createNameFigures,
  type MutableNameFigures,
  mergeSecondFigures,
  nameKey,
} from '../record/name-figures.ts';
import { damage, type Row, rowOf, rowsOf } from '../record/row.ts';
import type {
  NameFigures,
  RunEvent,
  RunLogLine,
  StoredWorkerStatus,
  WorkerRecord,
} from '../record/run-record.ts';
import { MASTER_ID } from '../record/run-record.ts';

/**
 * The tables of a run file as values. Everything but the seconds is read at once; intervals that the
 * writer had not merged yet are merged here, by the writer's own code.
 */
export class RunTables {
  readonly workers: readonly WorkerRecord[];
  readonly phaseStarts: readonly number[];
  /** All but its seconds, which hold only what was not merged yet. */
  readonly folding: RunFolding;
  readonly #db: DatabaseSync;
  readonly #workerIds = new Map<number, string>();
  readonly #names = new Map<number, { readonly method: string; readonly name: string }>();
  readonly #secondNames: StatementSync;
  readonly #secondWorkers: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#secondNames = db.prepare('SELECT * FROM second_names WHERE second = ?');
    this.#secondWorkers = db.prepare('SELECT * FROM second_workers WHERE second = ?');
    this.phaseStarts = [...this.#rows('SELECT from_second FROM phases ORDER BY from_second')].map(
      (row) => row.number('from_second'),
    );
    this.workers = this.#readWorkers();
    for (const row of this.#rows('SELECT id, method, name FROM names')) {
      this.#names.set(row.number('id'), { method: row.text('method'), name: row.text('name') });
    }
    this.folding = new RunFolding(this.phaseStarts);
    this.#readFolding();
    foldPending(db, this.folding);
    this.folding.sumPhases();
  }

  /** The JSON stored under a key of the run; `undefined` where there is none. */
  runValue(key: 'info' | 'end'): unknown {
    return runValue(this.#db, key);
  }

  /** Seconds that the file has anything of, ascending. */
  seconds(): number[] {
    const stored = this.#rows(
      'SELECT second FROM second_names UNION SELECT second FROM second_workers',
    );
    const seconds = new Set([
      ...this.folding.secondNames.keys(),
      ...this.folding.secondWorkers.keys(),
    ]);
    for (const row of stored) seconds.add(row.number('second'));
    const ascending = [...seconds].sort((a, b) => a - b);
    const last = ascending.at(-1) ?? 0;
    if ((ascending[0] ?? 0) < 0 || last > MAX_SECOND) throw damage(`the run has a second ${last}`);
    return ascending;
  }

  /** What finished in a second, sorted by name, then method. */
  secondNames(second: number): NameFigures[] {
    const byName = new Map<string, MutableNameFigures>();
    const figuresOf = ({ method, name }: { method: string; name: string }): MutableNameFigures =>
      entryOf(byName, nameKey(method, name), () => createNameFigures(method, name));
    for (const row of rowsOf(this.#secondNames, second)) {
      addSecondNameRow(row, figuresOf(this.#nameOf(row)));
    }
    for (const figures of this.folding.secondNames.get(second)?.values() ?? []) {
      mergeSecondFigures(figuresOf(figures), figures);
    }
    return [...byName.values()].sort(compareNames);
  }

  /** How the workers were doing in a second. */
  secondWorkers(second: number): SecondWorker[] {
    const byWorker = new Map<string, SecondWorker>();
    for (const row of rowsOf(this.#secondWorkers, second)) {
      const workerId = this.#workerIdOf(row);
      byWorker.set(workerId, secondWorkerOf(row, workerId));
    }
    for (const pending of this.folding.secondWorkers.get(second)?.values() ?? []) {
      const stored = byWorker.get(pending.workerId);
      if (stored === undefined) byWorker.set(pending.workerId, pending);
      else mergeSecondWorker(stored, pending);
    }
    return [...byWorker.values()];
  }

  /** The newest interval of every lease. */
  lastIntervals(): LastInterval[] {
    const rows = this.#rows(
      `SELECT worker, epoch, max(sequence) AS sequence, second FROM intervals
       GROUP BY worker, epoch ORDER BY worker, epoch`,
    );
    return [...rows].map((row) => ({
      workerId: this.#workerIdOf(row),
      epoch: row.number('epoch'),
      sequence: row.number('sequence'),
      second: row.number('second'),
    }));
  }

  /** What workers had sent under their leases; `undefined` where the file was written before that was kept. */
  leases(): LeaseRecord[] | undefined {
    const table = this.#db.prepare("SELECT 1 AS found FROM sqlite_master WHERE name = 'leases'");
    if (rowOf(table) === undefined) return undefined;
    return [...this.#rows('SELECT * FROM leases ORDER BY worker, epoch')].map((row) => {
      const workerId = this.#workerIdOf(row);
      const lease = { workerId, epoch: row.number('epoch') };
      const atMostMore = row.numberOrNull('at_most_more');
      const second = row.numberOrNull('second');
      if (second === null) return { ...lease, atMostMore };
      const sent = tallyOf(row.bytes('sent')).entries();
      return { ...lease, atMostMore, tally: { second, sent } };
    });
  }

  /** In the order in which they were written. */
  events(): RunEvent[] {
    return [...this.#rows('SELECT * FROM events ORDER BY id')].map((row) => ({
      atMs: row.number('at_ms'),
      kind: row.text('kind'),
      data: JSON.parse(row.text('data')),
    }));
  }

  /** In the order in which they were written. */
  log(): RunLogLine[] {
    return [...this.#rows('SELECT * FROM log ORDER BY id')].map((row) => ({
      atMs: row.number('at_ms'),
      level: logLevelOf(row.text('level')),
      workerId: row.textOrNull('worker_id'),
      text: row.text('text'),
    }));
  }

  #rows(sql: string): Generator<Row> {
    return rowsOf(this.#db.prepare(sql));
  }

  #readWorkers(): WorkerRecord[] {
    const records = [...this.#rows('SELECT * FROM workers ORDER BY id')].map((row) => {
      const workerId = row.text('worker_id');
      this.#workerIds.set(row.number('id'), workerId);
      return {
        workerId,
        nodeId: row.text('node_id'),
        host: row.text('host'),
        pid: row.number('pid'),
        status: workerStatusOf(row.text('status')),
      };
    });
    return records.filter(({ workerId }) => workerId !== MASTER_ID);
  }

  #readFolding(): void {
    const { folding } = this;
    for (const row of this.#rows('SELECT * FROM phase_names')) {
      const { method, name } = this.#nameOf(row);
      addPhaseNameRow(row, folding.phaseName(row.number('phase'), method, name));
    }
    this.#readLeases();
    for (const row of this.#rows('SELECT * FROM errors ORDER BY rowid')) {
      folding.addError(row.number('phase'), errorOf(row));
    }
    for (const row of this.#rows(
      `SELECT message, traceback, worker, occurrences FROM exception_workers
       JOIN exceptions ON exceptions.id = exception ORDER BY exceptions.id, worker`,
    )) {
      const workerId = this.#workerIdOf(row);
      folding.addException(
        row.text('message'),
        row.text('traceback'),
        workerId,
        row.number('occurrences'),
      );
    }
  }

  #readLeases(): void {
    const version = rowOf(this.#db.prepare('PRAGMA user_version'))?.number('user_version') ?? 0;
    if (version < 3) {
      for (const row of this.#rows('SELECT * FROM worker_names')) {
        const { method, name } = this.#nameOf(row);
        const { names } = this.folding.lease(this.#workerIdOf(row), row.number('epoch'));
        addWorkerNameRow(row, names.entryOf(method, name, createLeaseName));
      }
      return;
    }
    for (const row of this.#rows('SELECT * FROM lease_names')) {
      const { names } = this.folding.lease(this.#workerIdOf(row), row.number('epoch'));
      addLeaseNames(row.bytes('names'), names, { nameOf: (id) => this.#name(id) }, version);
    }
  }

  #nameOf(row: Row): { readonly method: string; readonly name: string } {
    return this.#name(row.number('name'));
  }

  #name(id: number): { readonly method: string; readonly name: string } {
    const name = this.#names.get(id);
    if (name === undefined) throw damage('a name is missing');
    return name;
  }

  #workerIdOf(row: Row): string {
    const workerId = this.#workerIds.get(row.number('worker'));
    if (workerId === undefined) throw damage('a worker is missing');
    return workerId;
  }
}

function workerStatusOf(text: string): StoredWorkerStatus {
  return text === 'finished' || text === 'lost' ? text : 'running';
}

function logLevelOf(text: string): LogLevel {
  return text === 'debug' || text === 'warn' || text === 'error' ? text : 'info';
}
