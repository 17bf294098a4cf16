import type { DatabaseSync } from 'node:sqlite';
import { KatydidError } from '../../base/errors.ts';
import { HistogramPool } from '../../stats/histogram/histogram-pool.ts';
import type { MeasuredInterval } from '../../stats/interval/interval.ts';
import { IntervalScanner } from '../../stats/interval/interval-scanner.ts';
import { endOf, infoOf, runValue } from '../file/run-description.ts';
import { MAX_SECOND } from '../file/schema.ts';
import { foldPending } from '../folding/fold-pending.ts';
import { FoldingTables } from '../folding/folding-tables.ts';
import { RunFolding } from '../folding/run-folding.ts';
import { rowOf, rowsOf } from '../record/row.ts';
import { RunIds } from '../record/run-ids.ts';
import type {
  CommitResult,
  IntervalKey,
  RawInterval,
  RunBatch,
  RunEnd,
  RunInfo,
} from '../record/run-record.ts';
import { RunRows } from './run-rows.ts';
import { type RunDatabaseOptions, RunTransactions } from './run-transactions.ts';

/** Seconds of the run that are collected before they are merged into the tables. */
const FOLD_EVERY_SECONDS = 10;

/** Told of every interval that a commit made durable. */
export interface CommitListener {
  /** @param interval - Read before this returns. */
  add(key: IntervalKey, interval: MeasuredInterval, info: RunInfo): void;
}

/**
 * A run file while it is written. Every call blocks until it is done, so this lives in a thread of
 * its own, where `openRunWriter` puts it.
 */
export class RunDatabase {
  readonly #transactions: RunTransactions;
  readonly #db: DatabaseSync;
  readonly #ids: RunIds;
  readonly #tables: FoldingTables;
  readonly #rows: RunRows;
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
   * Makes a new run file, or goes on with one whose writer is gone.
   *
   * @param info - `undefined`: the file exists.
   * @throws {KatydidError} `KAT_OUTPUT` where a new file exists, or its folder does not or cannot be
   *   written. `KAT_RUN_FILE` where one to go on with is none, is damaged, of another version, or
   *   written by another process.
   */
  constructor(path: string, info: RunInfo | undefined, options: RunDatabaseOptions = {}) {
    this.#transactions = new RunTransactions(path, info, options);
    this.#db = this.#transactions.db;
    this.#ids = new RunIds(this.#db);
    this.#tables = new FoldingTables(this.#db, this.#ids);
    this.#rows = new RunRows(this.#db, this.#ids);
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
   *   be read once more for it, so pass one only where its output was asked for.
   * @throws {KatydidError} `KAT_DISK_FULL`; `KAT_PROTOCOL` for a payload that is no interval;
   *   `KAT_STORE` for anything else.
   */
  commit(batch: RunBatch, listener?: CommitListener): CommitResult {
    if (this.#damage !== undefined) throw this.#transactions.storeError(this.#damage);
    const phaseStarts = this.#phaseStartsWith(batch);
    const info = { ...this.#info, ...batch.info };
    const duplicates: IntervalKey[] = [];
    const added: RawInterval[] = [];
    let newestSecond = this.#newestSecond;
    this.#folding.setPhaseStarts(phaseStarts);
    try {
      this.#transaction(() => {
        if (batch.info !== undefined) this.#rows.putInfo(info);
        if (phaseStarts !== this.#phaseStarts) this.#rows.addPhases(phaseStarts);
        // Workers before intervals: numbers are given in the order in which workers joined.
        this.#rows.addRest(batch);
        for (const raw of batch.intervals) {
          const interval = this.#scan(raw.payload);
          if (this.#rows.addInterval(raw, interval.second)) {
            // The interval is folded here, while it is at hand: reading it again would take as long as adding
            // it.
            this.#folding.add(raw, interval);
            newestSecond = Math.max(newestSecond, interval.second);
            added.push(raw);
          } else {
            duplicates.push(keyOf(raw));
          }
        }
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
   * Merges what was collected into the tables once that spans ten seconds of the run. A full disk is no
   * failure here: everything is in the file as it came, and the next commit will report the full disk.
   */
  foldIfDue(): void {
    if (this.#newestSecond - this.#foldedSecond >= FOLD_EVERY_SECONDS) this.#fold();
  }

  /** Records how the run ended and merges what is not merged yet. Errors as for `commit`. */
  finish(end: RunEnd): void {
    this.#transaction(() => {
      this.#rows.putEnd(end);
    });
    this.#fold();
  }

  /** Merges, and leaves one file that needs no other beside it, where the disk has room for that. */
  close(): void {
    this.#fold();
    this.#transactions.close();
  }

  #transaction(work: () => void): void {
    try {
      this.#transactions.run(work);
    } catch (thrown) {
      this.#ids.forget();
      throw thrown;
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

  /** All seconds at which the statistics started again, with those in the batch, ascending. */
  #phaseStartsWith(batch: RunBatch): readonly number[] {
    if (batch.phases === undefined || batch.phases.length === 0) return this.#phaseStarts;
    // Seconds that were measured before stay in the phase they were counted in.
    const starts = batch.phases.map(({ fromSecond }) =>
      Math.max(fromSecond, this.#newestSecond + 1, 0),
    );
    return [...new Set([...this.#phaseStarts, ...starts])].sort((a, b) => a - b);
  }

  /** Collects the pending intervals of the file again, since memory may have more or fewer of them. */
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
        this.#rows.dropPending();
      });
      this.#folding.recycle();
      this.#folding = new RunFolding(this.#phaseStarts, this.#pool);
      this.#unfolded = 0;
    } catch (thrown) {
      if (!(thrown instanceof KatydidError) || thrown.code !== 'KAT_DISK_FULL') {
        this.#damage = thrown;
        return;
      }
      // Some of what was collected has been merged with what is stored: it must not be merged again.
      this.#refold();
    }
  }
}

function keyOf({ workerId, epoch, sequence }: IntervalKey): IntervalKey {
  return { workerId, epoch, sequence };
}
