import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { HistogramPool } from '../../stats/histogram/histogram-pool.ts';
import type { MeasuredInterval } from '../../stats/interval/interval.ts';
import { IntervalScanner } from '../../stats/interval/interval-scanner.ts';
import { DiskReserve } from '../file/disk-reserve.ts';
import { endOf, infoOf, runValue } from '../file/run-description.ts';
import { releaseRun, takeRun } from '../file/run-owner.ts';
import {
  APPLICATION_ID,
  MAX_SECOND,
  SCHEMA_SQL,
  SCHEMA_VERSION,
  SQLITE_FULL,
  sqliteCodeOf,
} from '../file/schema.ts';
import { foldPending } from '../folding/fold-pending.ts';
import { FoldingTables } from '../folding/folding-tables.ts';
import { RunFolding } from '../folding/run-folding.ts';
import { openRunFile } from '../read/run-reader.ts';
import { damage, rowOf, rowsOf } from '../record/row.ts';
import { RunIds } from '../record/run-ids.ts';
import type {
  CommitResult,
  IntervalKey,
  RawInterval,
  RunBatch,
  RunEnd,
  RunInfo,
} from '../record/run-record.ts';

/** Seconds of the run that are collected before they are merged into the tables. */
const FOLD_EVERY_SECONDS = 10;

/** How long a writer waits for a reader that holds a lock. */
const BUSY_TIMEOUT_MS = 5000;

/** Told of every interval that a commit made durable. */
export interface CommitListener {
  /** @param interval - Read before this returns. */
  add(key: IntervalKey, interval: MeasuredInterval, info: RunInfo): void;
}

/** What only tests ask for. */
export interface RunDatabaseOptions {
  /** The most pages of 4,096 bytes the file may have: a disk as small as that. */
  readonly maxPages?: number;
}

/**
 * A run file while it is written. Every call blocks until it is done, so this lives in a thread of
 * its own, where `openRunWriter` puts it.
 */
export class RunDatabase {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #reserve: DiskReserve;
  readonly #ids: RunIds;
  readonly #tables: FoldingTables;
  readonly #statements: Statements;
  #info: RunInfo;
  readonly #scanner = new IntervalScanner();
  #phaseStarts: readonly number[] = [];
  readonly #pool = new HistogramPool();
  #folding = new RunFolding([], this.#pool);
  #newestSecond = -1;
  #foldedSecond = -1;
  #unfolded = 0;
  #damage: unknown;

  /**
   * Makes a new run file, or goes on with one that nobody writes any more.
   *
   * @param info - `undefined`: the file exists.
   * @throws {KatydidError} `KAT_OUTPUT` where a new file exists, or its folder does not or cannot be
   *   written. `KAT_RUN_FILE` where one to go on with is none, is damaged, of another version, or
   *   written by another process.
   */
  constructor(path: string, info: RunInfo | undefined, options: RunDatabaseOptions = {}) {
    this.#path = path;
    this.#reserve = new DiskReserve(path, info !== undefined);
    this.#db = info === undefined ? reopenDatabase(path) : createDatabase(path, info);
    if (options.maxPages !== undefined) this.#limitPages(options.maxPages);
    this.#ids = new RunIds(this.#db);
    this.#tables = new FoldingTables(this.#db, this.#ids);
    this.#statements = prepareStatements(this.#db);
    this.#info = info ?? this.#goOn();
  }

  /** Takes up what is in the file. */
  #goOn(): RunInfo {
    const db = this.#db;
    const phases = db.prepare('SELECT from_second FROM phases ORDER BY from_second');
    this.#phaseStarts = [...rowsOf(phases)].map((row) => row.number('from_second'));
    this.#folding.setPhaseStarts(this.#phaseStarts);
    const newest = rowOf(db.prepare('SELECT max(second) AS newest FROM intervals'));
    this.#newestSecond = newest?.numberOrNull('newest') ?? -1;
    this.#foldedSecond = this.#newestSecond;
    foldPending(db, this.#folding);
    this.#unfolded = rowOf(db.prepare('SELECT count(*) AS left FROM pending'))?.number('left') ?? 0;
    return infoOf(runValue(db, 'info'));
  }

  /** How the run ended; `undefined` where it has not. */
  get end(): RunEnd | undefined {
    return endOf(runValue(this.#db, 'end'));
  }

  /** The run as it is known by now. */
  get info(): RunInfo {
    return this.#info;
  }

  /** Seconds at which the statistics started again. */
  get phaseStarts(): readonly number[] {
    return this.#phaseStarts;
  }

  /**
   * Makes a batch durable, all of it or nothing.
   *
   * @param listener - Told after the commit, once of each interval that is new. Every interval has to
   *   be read once more for it, so there should be one only where somebody asked for it.
   * @throws {KatydidError} `KAT_DISK_FULL`; `KAT_PROTOCOL` for a payload that is no interval;
   *   `KAT_STORE` for anything else.
   */
  commit(batch: RunBatch, listener?: CommitListener): CommitResult {
    if (this.#damage !== undefined) throw this.#storeError(this.#damage);
    const phaseStarts = this.#phaseStartsWith(batch);
    const info = { ...this.#info, ...batch.info };
    const duplicates: IntervalKey[] = [];
    const added: RawInterval[] = [];
    let newestSecond = this.#newestSecond;
    this.#folding.setPhaseStarts(phaseStarts);
    try {
      this.#transaction(() => {
        if (batch.info !== undefined) this.#putRun('info', info);
        for (const worker of batch.workers ?? []) this.#ids.putWorker(worker);
        if (phaseStarts !== this.#phaseStarts) {
          for (const fromSecond of phaseStarts) this.#statements.addPhase.run(fromSecond);
        }
        for (const raw of batch.intervals) {
          const interval = this.#scan(raw.payload);
          if (this.#insert(raw, interval.second)) {
            // Here, while it is at hand: reading it takes as long as adding it.
            this.#folding.add(raw, interval);
            newestSecond = Math.max(newestSecond, interval.second);
            added.push(raw);
          } else {
            duplicates.push(keyOf(raw));
          }
        }
        this.#putLeases(batch);
        this.#insertEvents(batch);
      });
    } catch (thrown) {
      this.#refold();
      throw thrown;
    }
    this.#info = info;
    this.#phaseStarts = phaseStarts;
    this.#newestSecond = newestSecond;
    this.#unfolded += added.length;
    if (listener !== undefined) {
      for (const raw of added) listener.add(raw, this.#scan(raw.payload), info);
    }
    return { duplicates };
  }

  /**
   * Merges what was collected into the tables, once it is ten seconds of the run. A full disk is no
   * failure here: everything is in the file, as it came, and the next commit will say so.
   */
  foldIfDue(): void {
    if (this.#newestSecond - this.#foldedSecond >= FOLD_EVERY_SECONDS) this.#fold();
  }

  /** Records how the run ended and merges what is not merged yet. Errors as for `commit`. */
  finish(end: RunEnd): void {
    this.#transaction(() => {
      this.#putRun('end', end);
    });
    this.#fold();
  }

  /** Merges, and leaves one file that needs no other beside it, where the disk has room for that. */
  close(): void {
    this.#fold();
    try {
      this.#reserve.release();
      this.#limitPages(MAX_PAGES);
      releaseRun(this.#db);
      // Leaving WAL mode moves everything into the one file, which then also reads from a folder
      // that cannot be written.
      this.#db.exec('PRAGMA journal_mode = DELETE');
    } catch (thrown) {
      // A full disk or a reader in the middle of the file: file and -wal together are as good.
      if (sqliteCodeOf(thrown) === undefined) throw thrown;
    } finally {
      this.#db.close();
    }
  }

  #transaction(work: () => void): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      work();
      this.#db.exec('COMMIT');
    } catch (thrown) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#ids.forget();
      if (sqliteCodeOf(thrown) === SQLITE_FULL) throw this.#diskFull(thrown);
      throw thrown instanceof KatydidError ? thrown : this.#storeError(thrown);
    }
  }

  /** Reads an interval; refuses a second that no run gets to: every report has a row for each second. */
  #scan(payload: Uint8Array): MeasuredInterval {
    const interval = this.#scanner.scan(payload);
    if (interval.second <= MAX_SECOND) return interval;
    throw new KatydidError(
      'KAT_PROTOCOL',
      `An interval is of second ${interval.second} of the run`,
    );
  }

  #insert({ workerId, epoch, sequence, payload }: RawInterval, second: number): boolean {
    const worker = this.#ids.workerNumber(workerId);
    const { changes, lastInsertRowid } = this.#statements.addInterval.run(
      worker,
      epoch,
      sequence,
      second,
    );
    if (changes === 0) return false;
    this.#statements.addPending.run(lastInsertRowid, payload);
    return true;
  }

  #putLeases({ tallies = [], leaseEnds = [] }: RunBatch): void {
    for (const { workerId, epoch, second, sent } of tallies) {
      this.#statements.putTally.run(this.#ids.workerNumber(workerId), epoch, second, sent);
    }
    for (const { workerId, epoch, atMostMore } of leaseEnds) {
      this.#statements.endLease.run(this.#ids.workerNumber(workerId), epoch, atMostMore);
    }
  }

  #insertEvents(batch: RunBatch): void {
    for (const { atMs, kind, data } of batch.events ?? []) {
      this.#statements.addEvent.run(atMs, kind, JSON.stringify(data ?? null));
    }
    for (const { atMs, level, workerId, text } of batch.log ?? []) {
      this.#statements.addLog.run(atMs, level, workerId, text);
    }
  }

  #putRun(key: string, value: unknown): void {
    this.#statements.putRun.run(key, JSON.stringify(value));
  }

  /** All seconds at which the statistics started again, those of the batch included, ascending. */
  #phaseStartsWith(batch: RunBatch): readonly number[] {
    if (batch.phases === undefined || batch.phases.length === 0) return this.#phaseStarts;
    // Seconds that were measured before stay in the phase they were counted in.
    const starts = batch.phases.map(({ fromSecond }) =>
      Math.max(fromSecond, this.#newestSecond + 1, 0),
    );
    return [...new Set([...this.#phaseStarts, ...starts])].sort((a, b) => a - b);
  }

  /** Begins what is collected again from the file, where some of it may be there and some not. */
  #refold(): void {
    this.#folding = new RunFolding(this.#phaseStarts, this.#pool);
    try {
      foldPending(this.#db, this.#folding);
    } catch (thrown) {
      this.#damage = thrown;
    }
  }

  #fold(): void {
    if (this.#unfolded === 0 || this.#damage !== undefined) return;
    this.#foldedSecond = this.#newestSecond;
    try {
      this.#transaction(() => {
        this.#tables.add(this.#folding);
        this.#statements.dropPending.run();
      });
      this.#folding.recycle();
      this.#folding = new RunFolding(this.#phaseStarts, this.#pool);
      this.#unfolded = 0;
    } catch (thrown) {
      if (!(thrown instanceof KatydidError) || thrown.code !== 'KAT_DISK_FULL') {
        this.#damage = thrown;
        return;
      }
      // Half of what was collected has been merged with what is stored.
      this.#refold();
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

  #storeError(cause: unknown): KatydidError {
    return new KatydidError('KAT_STORE', `Cannot write ${this.#path}: ${messageOf(cause)}`, {
      cause,
    });
  }

  #limitPages(pages: number): void {
    this.#db.exec(`PRAGMA max_page_count = ${pages}`);
  }
}

/** SQLite's own limit. */
const MAX_PAGES = 4_294_967_294;

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

function createDatabase(path: string, info: RunInfo): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    db.exec(`BEGIN; ${SCHEMA_SQL}`);
    db.prepare('INSERT INTO run (key, value) VALUES (?, ?)').run('info', JSON.stringify(info));
    takeRun(db, path);
    // So that even a copy made without the -wal says which run it is.
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

/** Opens a file that a process which is gone has written, and takes it. */
function reopenDatabase(path: string): DatabaseSync {
  // Reading it first finds out all that may be wrong with it.
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

function keyOf({ workerId, epoch, sequence }: IntervalKey): IntervalKey {
  return { workerId, epoch, sequence };
}
