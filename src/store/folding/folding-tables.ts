import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assert } from '../../base/errors.ts';
import { OTHER_ERRORS, OTHER_EXCEPTIONS } from '../../stats/recorder/recorded-failures.ts';
import { type Row, rowOf } from '../record/row.ts';
import type { RunIds } from '../record/run-ids.ts';
import {
  addPhaseNameRow,
  addSecondNameRow,
  errorOf,
  PHASE_NAME_COLUMNS,
  phaseNameValues,
  SECOND_NAME_COLUMNS,
  SECOND_WORKER_COLUMNS,
  secondNameValues,
  secondWorkerOf,
  secondWorkerValues,
} from './folding-rows.ts';
import { addLeaseNames, encodeLeaseNames } from './lease-names.ts';
import {
  type ExceptionTally,
  MAX_ERRORS,
  MAX_EXCEPTIONS,
  type MutableError,
  mergeError,
  mergeSecondWorker,
  type RunFolding,
} from './run-folding.ts';

/**
 * Adds what was folded in memory to the tables of a run file, within the caller's transaction. A row
 * that is there already is read, merged and written again, so nothing but the numbers of names and
 * workers is kept in memory between two foldings.
 */
export class FoldingTables {
  readonly #ids: RunIds;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: DatabaseSync, ids: RunIds) {
    this.#ids = ids;
    this.#statements = prepareStatements(db);
  }

  /**
   * Adds everything in `folding`, whose figures are merged with those stored: it must not be used afterwards.
   */
  add(folding: RunFolding): void {
    folding.sumPhases();
    this.#addPhaseNames(folding);
    this.#addSecondNames(folding);
    this.#addSecondWorkers(folding);
    this.#addLeases(folding);
    for (const [phase, errors] of folding.errors) this.#addErrors(phase, [...errors.values()]);
    for (const exception of folding.exceptions.values()) this.#addException(exception);
  }

  #addSecondNames(folding: RunFolding): void {
    const { add, find, put } = this.#statements.secondNames;
    for (const [second, names] of folding.secondNames) {
      for (const figures of names.values()) {
        const name = this.#ids.nameId(figures.method, figures.name);
        if (add.run(second, name, ...secondNameValues(figures)).changes > 0) continue;
        addSecondNameRow(existing(rowOf(find, second, name)), figures);
        put.run(second, name, ...secondNameValues(figures));
      }
    }
  }

  #addPhaseNames(folding: RunFolding): void {
    const { find, put } = this.#statements.phaseNames;
    for (const [phase, names] of folding.phaseNames) {
      for (const figures of names.values()) {
        const name = this.#ids.nameId(figures.method, figures.name);
        const stored = rowOf(find, phase, name);
        if (stored !== undefined) addPhaseNameRow(stored, figures);
        put.run(phase, name, ...phaseNameValues(figures));
      }
    }
  }

  #addSecondWorkers(folding: RunFolding): void {
    const { add, find, put } = this.#statements.secondWorkers;
    for (const [second, workers] of folding.secondWorkers) {
      for (const entry of workers.values()) {
        const worker = this.#ids.workerNumber(entry.workerId);
        if (add.run(second, worker, ...secondWorkerValues(entry)).changes > 0) continue;
        const stored = existing(rowOf(find, second, worker));
        mergeSecondWorker(entry, secondWorkerOf(stored, entry.workerId));
        put.run(second, worker, ...secondWorkerValues(entry));
      }
    }
  }

  #addLeases(folding: RunFolding): void {
    const { find, put } = this.#statements.leaseNames;
    for (const epochs of folding.leases.values()) {
      for (const { workerId, epoch, names } of epochs.values()) {
        const worker = this.#ids.workerNumber(workerId);
        const stored = rowOf(find, worker, epoch);
        if (stored !== undefined) addLeaseNames(stored.bytes('names'), names, this.#ids);
        put.run(worker, epoch, encodeLeaseNames(names.values(), this.#ids));
      }
    }
  }

  #addErrors(phase: number, errors: readonly MutableError[]): void {
    const { find, put, count } = this.#statements.errors;
    let kinds = rowOf(count, phase)?.number('kinds') ?? 0;
    for (const error of errors) {
      let stored = rowOf(find, phase, error.method, error.name, error.error);
      if (stored === undefined && kinds >= MAX_ERRORS && error.error !== OTHER_ERRORS) {
        error.error = OTHER_ERRORS;
        stored = rowOf(find, phase, error.method, error.name, OTHER_ERRORS);
      }
      if (stored === undefined) kinds += 1;
      else mergeError(error, errorOf(stored));
      const { method, name, occurrences, firstUs, lastUs } = error;
      put.run(phase, method, name, error.error, occurrences, firstUs, lastUs);
    }
  }

  #addException(exception: ExceptionTally): void {
    const { addTo } = this.#statements.exceptions;
    const id = this.#exceptionId(exception.message, exception.traceback);
    for (const [workerId, occurrences] of exception.byWorker) {
      addTo.run(id, this.#ids.workerNumber(workerId), occurrences);
    }
  }

  #exceptionId(message: string, traceback: string): number {
    const { find, insert, count } = this.#statements.exceptions;
    const known = rowOf(find, message, traceback);
    if (known !== undefined) return known.number('id');
    const kinds = rowOf(count)?.number('kinds') ?? 0;
    if (kinds >= MAX_EXCEPTIONS && message !== OTHER_EXCEPTIONS) {
      return this.#exceptionId(OTHER_EXCEPTIONS, '');
    }
    return Number(insert.run(message, traceback).lastInsertRowid);
  }
}

/** The row that kept another one from being added. */
function existing(row: Row | undefined): Row {
  assert(row !== undefined, 'a row that is in the way is there');
  return row;
}

/**
 * The statements of one table: one adds a row where its key has none, which is the usual case; one reads the
 * row that is there, and one replaces that row.
 */
interface Upsert {
  readonly add: StatementSync;
  readonly find: StatementSync;
  readonly put: StatementSync;
}

function prepareStatements(db: DatabaseSync): {
  secondNames: Upsert;
  phaseNames: Upsert;
  secondWorkers: Upsert;
  leaseNames: Upsert;
  errors: Upsert & { count: StatementSync };
  exceptions: Record<'find' | 'insert' | 'count' | 'addTo', StatementSync>;
} {
  return {
    secondNames: prepareUpsert(db, 'second_names', ['second', 'name'], SECOND_NAME_COLUMNS),
    phaseNames: prepareUpsert(db, 'phase_names', ['phase', 'name'], PHASE_NAME_COLUMNS),
    secondWorkers: prepareUpsert(db, 'second_workers', ['second', 'worker'], SECOND_WORKER_COLUMNS),
    leaseNames: prepareUpsert(db, 'lease_names', ['worker', 'epoch'], 'names'),
    errors: {
      ...prepareUpsert(
        db,
        'errors',
        ['phase', 'method', 'name', 'error'],
        'occurrences, first_us, last_us',
      ),
      count: db.prepare('SELECT count(*) AS kinds FROM errors WHERE phase = ?'),
    },
    exceptions: {
      find: db.prepare('SELECT id FROM exceptions WHERE message = ? AND traceback = ?'),
      insert: db.prepare('INSERT INTO exceptions (message, traceback) VALUES (?, ?)'),
      count: db.prepare('SELECT count(*) AS kinds FROM exceptions'),
      addTo: db.prepare(
        `INSERT INTO exception_workers (exception, worker, occurrences) VALUES (?, ?, ?)
         ON CONFLICT (exception, worker) DO UPDATE SET occurrences = occurrences + excluded.occurrences`,
      ),
    },
  };
}

function prepareUpsert(
  db: DatabaseSync,
  table: string,
  key: readonly string[],
  columns: string,
): Upsert {
  const places = [...key, ...columns.split(',')].map(() => '?').join(', ');
  const into = `INTO ${table} (${key.join(', ')}, ${columns}) VALUES (${places})`;
  return {
    add: db.prepare(`INSERT OR IGNORE ${into}`),
    find: db.prepare(
      `SELECT * FROM ${table} WHERE ${key.map((column) => `${column} = ?`).join(' AND ')}`,
    ),
    put: db.prepare(`INSERT OR REPLACE ${into}`),
  };
}
