import type { DatabaseSync, StatementSync } from 'node:sqlite';
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
  WORKER_NAME_COLUMNS,
  workerNameOf,
  workerNameValues,
} from './folding-rows.ts';
import { rowOf } from './row.ts';
import {
  type ExceptionTally,
  MAX_ERRORS,
  MAX_EXCEPTIONS,
  type MutableError,
  mergeError,
  mergeSecondWorker,
  mergeWorkerName,
  OTHER_ERRORS,
  OTHER_EXCEPTIONS,
  type RunFolding,
} from './run-folding.ts';
import type { RunIds } from './run-ids.ts';

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

  /** Adds everything in `folding`, which is used up by it: its figures are merged with those stored. */
  add(folding: RunFolding): void {
    this.#addSecondNames(folding);
    this.#addPhaseNames(folding);
    this.#addSecondWorkers(folding);
    this.#addWorkerNames(folding);
    for (const [phase, errors] of folding.errors) this.#addErrors(phase, [...errors.values()]);
    for (const exception of folding.exceptions.values()) this.#addException(exception);
  }

  #addSecondNames(folding: RunFolding): void {
    const { find, put } = this.#statements.secondNames;
    for (const [second, names] of folding.secondNames) {
      for (const figures of names.values()) {
        const name = this.#ids.nameId(figures.method, figures.name);
        const stored = rowOf(find, second, name);
        if (stored !== undefined) addSecondNameRow(stored, figures);
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
    const { find, put } = this.#statements.secondWorkers;
    for (const [second, workers] of folding.secondWorkers) {
      for (const entry of workers.values()) {
        const worker = this.#ids.workerNumber(entry.workerId);
        const stored = rowOf(find, second, worker);
        if (stored !== undefined) mergeSecondWorker(entry, secondWorkerOf(stored, entry.workerId));
        put.run(second, worker, ...secondWorkerValues(entry));
      }
    }
  }

  #addWorkerNames(folding: RunFolding): void {
    const { find, put } = this.#statements.workerNames;
    for (const entry of folding.workerNames.values()) {
      const worker = this.#ids.workerNumber(entry.workerId);
      const name = this.#ids.nameId(entry.method, entry.name);
      const stored = rowOf(find, worker, entry.epoch, name);
      if (stored !== undefined) mergeWorkerName(entry, workerNameOf(stored, entry));
      put.run(worker, entry.epoch, name, ...workerNameValues(entry));
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

/** A statement that finds the row of a key, and one that writes it whole. */
interface Upsert {
  readonly find: StatementSync;
  readonly put: StatementSync;
}

function prepareStatements(db: DatabaseSync): {
  secondNames: Upsert;
  phaseNames: Upsert;
  secondWorkers: Upsert;
  workerNames: Upsert;
  errors: Upsert & { count: StatementSync };
  exceptions: Record<'find' | 'insert' | 'count' | 'addTo', StatementSync>;
} {
  return {
    secondNames: prepareUpsert(db, 'second_names', ['second', 'name'], SECOND_NAME_COLUMNS),
    phaseNames: prepareUpsert(db, 'phase_names', ['phase', 'name'], PHASE_NAME_COLUMNS),
    secondWorkers: prepareUpsert(db, 'second_workers', ['second', 'worker'], SECOND_WORKER_COLUMNS),
    workerNames: prepareUpsert(
      db,
      'worker_names',
      ['worker', 'epoch', 'name'],
      WORKER_NAME_COLUMNS,
    ),
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
  return {
    find: db.prepare(
      `SELECT * FROM ${table} WHERE ${key.map((column) => `${column} = ?`).join(' AND ')}`,
    ),
    put: db.prepare(
      `INSERT OR REPLACE INTO ${table} (${key.join(', ')}, ${columns}) VALUES (${places})`,
    ),
  };
}
