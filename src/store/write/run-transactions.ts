import type { DatabaseSync } from 'node:sqlite';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { DiskReserve } from '../file/disk-reserve.ts';
import { releaseRun } from '../file/run-owner.ts';
import { SQLITE_FULL, sqliteCodeOf } from '../file/schema.ts';
import type { RunInfo } from '../record/run-record.ts';
import { openRunDatabase } from './open-run-database.ts';

/** SQLite's own limit. */
const MAX_PAGES = 4_294_967_294;

/** What only tests ask for. */
export interface RunDatabaseOptions {
  /** The most pages of 4,096 bytes the file may have: a disk as small as that. */
  readonly maxPages?: number;
}

/** An open run file and its transactions; a full disk sets a reserve free. */
export class RunTransactions {
  readonly db: DatabaseSync;
  readonly #path: string;
  readonly #reserve: DiskReserve;

  /** Parameters and errors as for `openRunDatabase`. */
  constructor(path: string, info: RunInfo | undefined, { maxPages }: RunDatabaseOptions) {
    this.#path = path;
    this.#reserve = new DiskReserve(path, info !== undefined);
    this.db = openRunDatabase(path, info);
    if (maxPages !== undefined) this.#limitPages(maxPages);
  }

  /**
   * Makes all of `work` durable, or nothing of it.
   *
   * @throws {KatydidError} `KAT_DISK_FULL`: the reserve is free now, so a second try may succeed.
   *   `KAT_STORE` for anything else that fails; what `work` threw, where that is a `KatydidError`.
   */
  run(work: () => void): void {
    try {
      this.db.exec('BEGIN IMMEDIATE');
      work();
      this.db.exec('COMMIT');
    } catch (thrown) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      if (sqliteCodeOf(thrown) === SQLITE_FULL) throw this.#diskFull(thrown);
      throw thrown instanceof KatydidError ? thrown : this.storeError(thrown);
    }
  }

  /** An error that says that the file cannot be written. */
  storeError(cause: unknown): KatydidError {
    return new KatydidError('KAT_STORE', `Cannot write ${this.#path}: ${messageOf(cause)}`, {
      cause,
    });
  }

  /** Leaves one file that needs no other beside it, where the disk has room for that. */
  close(): void {
    try {
      this.#reserve.release();
      this.#limitPages(MAX_PAGES);
      releaseRun(this.db);
      // Leaving WAL mode moves everything into the one file, which then also reads from a folder
      // that cannot be written.
      this.db.exec('PRAGMA journal_mode = DELETE');
    } catch (thrown) {
      // A full disk or a reader in the middle of the file: file and -wal together are as good.
      if (sqliteCodeOf(thrown) === undefined) throw thrown;
    } finally {
      this.db.close();
    }
  }

  #diskFull(cause: unknown): KatydidError {
    this.#reserve.release();
    this.#limitPages(MAX_PAGES);
    return new KatydidError('KAT_DISK_FULL', `The disk is full: cannot write ${this.#path}`, {
      cause,
      hint: 'The file has everything up to here; make room, or use --out for another disk.',
    });
  }

  #limitPages(pages: number): void {
    this.db.exec(`PRAGMA max_page_count = ${pages}`);
  }
}
