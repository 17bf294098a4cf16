import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { takeRun } from '../file/run-owner.ts';
import { APPLICATION_ID, SCHEMA_SQL, SCHEMA_VERSION } from '../file/schema.ts';
import { openRunFile } from '../read/run-reader.ts';
import { damage } from '../record/row.ts';
import type { RunInfo } from '../record/run-record.ts';

/** How long a writer waits for a reader that holds a lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a run file for writing and takes it for this process.
 *
 * @param info - Describes a new run, whose file is empty; `undefined`: the file is that of a resumed run.
 * @throws {KatydidError} `KAT_OUTPUT` where a new file cannot be written; it is removed then.
 *   `KAT_RUN_FILE` where one to go on with is none, is damaged, of another version, or written by
 *   another process.
 */
export function openRunDatabase(path: string, info: RunInfo | undefined): DatabaseSync {
  return info === undefined ? reopen(path) : create(path, info);
}

function create(path: string, info: RunInfo): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    db.exec(`BEGIN; ${SCHEMA_SQL}`);
    db.prepare('INSERT INTO run (key, value) VALUES (?, ?)').run('info', JSON.stringify(info));
    takeRun(db, path);
    // With the checkpoint, even a copy made without the -wal says which run it is.
    db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
    return db;
  } catch (cause) {
    db.close();
    rmSync(path, { force: true });
    throw new KatydidError('KAT_OUTPUT', `Cannot write the run file ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function reopen(path: string): DatabaseSync {
  // Reading the file first finds everything that may be wrong with it.
  openRunFile(path).close();
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    if (Number(db.prepare('PRAGMA user_version').get()?.['user_version']) !== SCHEMA_VERSION) {
      throw damage('an older katydid wrote it, and nothing can be added to it');
    }
    db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    takeRun(db, path);
    db.exec('COMMIT; PRAGMA journal_mode = WAL');
    return db;
  } catch (cause) {
    db?.close();
    if (cause instanceof KatydidError && cause.code === 'KAT_RUN_FILE') throw cause;
    throw new KatydidError('KAT_RUN_FILE', `Cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
