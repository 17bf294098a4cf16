import { closeSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { isError, textOf } from '../../base/thrown.ts';
import { APPLICATION_ID, SCHEMA_VERSION, SQLITE_CANTOPEN, sqliteCodeOf } from '../file/schema.ts';
import type { LastInterval } from '../folding/unknown-requests.ts';
import type { NameFigures, RunRecord } from '../record/run-record.ts';
import { RunTables } from './run-tables.ts';
import { summarizeRun } from './summarize-run.ts';

/** First bytes of every SQLite file. */
const SQLITE_MAGIC = 'SQLite format 3\u0000';

/** How long a reader waits for a writer that holds a lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * An open run file: the run as it was when the file was opened, even if it is written meanwhile. The
 * seconds of each name are read as they are asked for, since there can be very many.
 */
export class RunFile {
  readonly record: RunRecord;
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #tables: RunTables;

  /** Use `openRunFile`. */
  constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#db = db;
    this.#tables = new RunTables(db);
    this.record = summarizeRun(this.#tables);
  }

  /**
   * What finished in a second, by name; without service time and send lag, which a file has by worker.
   *
   * @throws {KatydidError} `KAT_RUN_FILE` where the file is damaged.
   */
  secondNames(second: number): NameFigures[] {
    return explained(this.#path, () => this.#tables.secondNames(second));
  }

  /** The users that each worker had in a second. Errors as for `secondNames`. */
  secondUsers(second: number): ReadonlyMap<string, number> {
    const workers = explained(this.#path, () => this.#tables.secondWorkers(second));
    return new Map(workers.map(({ workerId, users }) => [workerId, users]));
  }

  /** The newest interval of every lease, and of the script on the master. */
  lastIntervals(): readonly LastInterval[] {
    return explained(this.#path, () => this.#tables.lastIntervals());
  }

  /** Seconds at which the statistics started again, ascending. */
  get phaseStarts(): readonly number[] {
    return this.#tables.phaseStarts;
  }

  /** Closes the file; calling it again does nothing. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a run file for reading: of a run that ended, one that goes on, or one whose master crashed
 * (then with its `-wal` beside it). The file is never changed.
 *
 * @throws {KatydidError} `KAT_RUN_FILE` where it is none, is damaged, or comes from a newer katydid.
 */
export function openRunFile(path: string): RunFile {
  checkMagic(path);
  return explained(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      // One transaction for everything: a run that goes on must not move on between two tables.
      db.exec('BEGIN');
      checkVersion(path, db);
      return new RunFile(path, db);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

/** Reads a run file and closes it. Errors as for `openRunFile`. */
export function readRunFile(path: string): RunRecord {
  using file = openRunFile(path);
  return file.record;
}

function checkMagic(path: string): void {
  let start: string;
  try {
    start = firstBytes(path, SQLITE_MAGIC.length);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (start !== SQLITE_MAGIC) throw notARunFile(path);
}

/** The error of a run file that cannot be read, with what to do where there is none or it is a folder. */
function unreadable(path: string, cause: unknown): KatydidError {
  const code = isError(cause) ? textOf(cause, 'code') : '';
  if (code === 'ENOENT') {
    return new KatydidError('KAT_RUN_FILE', `The run file ${path} does not exist`, {
      cause,
      hint: 'A run says at its end where its file is: in runs/, unless --out named another.',
    });
  }
  const reason = code === 'EISDIR' ? 'it is a folder' : messageOf(cause);
  return new KatydidError('KAT_RUN_FILE', `Cannot read the run file ${path}: ${reason}`, { cause });
}

function firstBytes(path: string, length: number): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    const read = readSync(descriptor, bytes, 0, length, 0);
    return String.fromCharCode(...bytes.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
}

function checkVersion(path: string, db: DatabaseSync): void {
  if (pragma(db, 'application_id') !== APPLICATION_ID) throw notARunFile(path);
  const version = pragma(db, 'user_version');
  if (version > SCHEMA_VERSION) {
    throw new KatydidError(
      'KAT_RUN_FILE',
      `${path} was written by a newer katydid (format ${version}; this one reads up to ${SCHEMA_VERSION})`,
      { hint: 'Read it with the version that wrote it, or a newer one.' },
    );
  }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function notARunFile(path: string): KatydidError {
  return new KatydidError('KAT_RUN_FILE', `${path} is not a katydid run file`, {
    hint: 'Run files are made by katydid run and master (--out) and end in .katydid.',
  });
}

/** SQLite reads a `-wal` by way of a `-shm` file, which it makes where there is none. */
function unopenable(path: string, cause: unknown): KatydidError {
  return new KatydidError('KAT_RUN_FILE', `Cannot open the run file ${path}: ${messageOf(cause)}`, {
    cause,
    hint: `Copy ${path} and ${path}-wal to a folder that can be written, and read it there.`,
  });
}

/** Whatever goes wrong between opening and closing is damage: the file cannot be read as it is. */
function explained<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof KatydidError && thrown.code === 'KAT_RUN_FILE') throw thrown;
    if (sqliteCodeOf(thrown) === SQLITE_CANTOPEN) throw unopenable(path, thrown);
    throw new KatydidError('KAT_RUN_FILE', `${path} is damaged: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
