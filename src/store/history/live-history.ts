import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { KatydidError, messageOf } from '../../base/errors.ts';
import type { MeasuredInterval, MeasuredName } from '../../stats/interval/interval.ts';
import { entryOf } from '../folding/run-folding.ts';
import type { RunFile } from '../read/run-reader.ts';
import { nameKey } from '../record/name-figures.ts';
import type { IntervalKey, RunInfo } from '../record/run-record.ts';
import { createTally, HistoryCsv, type HistoryTally, tallyStats } from './history-csv.ts';

/** A second's row is written once an interval of a second this much later has been committed. */
const SETTLE_SECONDS = 2;

/** One second that has no row yet. */
interface OpenSecond {
  readonly usersByWorker: Map<string, number>;
  readonly names: Map<string, HistoryTally>;
}

/**
 * `PREFIX_stats_history.csv` as it grows while the run goes on. What comes more than two seconds late is
 * in the totals only; the report writes the whole file again at the end.
 */
export class LiveHistory {
  readonly #isFull: boolean;
  readonly #open = new Map<number, OpenSecond>();
  #descriptor: number | undefined;
  /** Length of all whole rows in the file. */
  #wholeBytes = 0;
  #csv: HistoryCsv | undefined;
  #phaseStarts: readonly number[] = [];
  #nextSecond = 0;
  #newestSecond = -1;

  /**
   * Begins the file with its header; one that exists is overwritten.
   *
   * @throws {KatydidError} `KAT_OUTPUT` where it cannot be written.
   */
  constructor(path: string, isFull: boolean) {
    this.#isFull = isFull;
    try {
      this.#descriptor = openSync(path, 'w');
      this.#wholeBytes = writeSync(this.#descriptor, HistoryCsv.header());
    } catch (cause) {
      throw new KatydidError(
        'KAT_OUTPUT',
        `Cannot write the CSV files in the folder ${dirname(path)}: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  /** Adds a committed interval. */
  add(key: IntervalKey, interval: MeasuredInterval, info: RunInfo): void {
    this.#begin(info);
    const second = Math.max(interval.second, 0);
    const open = this.#openSecond(second);
    if (interval.second >= 0) open.usersByWorker.set(key.workerId, interval.users);
    tallyNames(open, interval.names);
    this.#newestSecond = Math.max(this.#newestSecond, interval.second);
  }

  /** Adds all that a run file has, before anything else is added. */
  restore(file: RunFile): void {
    const { info, seconds } = file.record;
    this.#begin(info);
    for (const { second } of seconds) {
      const open = this.#openSecond(second);
      for (const [workerId, users] of file.secondUsers(second)) {
        open.usersByWorker.set(workerId, users);
      }
      tallyNames(open, file.secondNames(second));
      this.#newestSecond = second;
    }
  }

  #begin({ startedAtEpochMs }: RunInfo): void {
    if (this.#csv !== undefined || startedAtEpochMs === null) return;
    this.#csv = new HistoryCsv({ startedAtEpochMs, isFull: this.#isFull });
  }

  /** Appends the rows of all seconds that are complete. */
  flush(phaseStarts: readonly number[]): void {
    this.#phaseStarts = phaseStarts;
    const csv = this.#csv;
    if (csv === undefined) return;
    let text = '';
    for (; this.#nextSecond <= this.#newestSecond - SETTLE_SECONDS; this.#nextSecond += 1) {
      this.#addLate(csv);
      text += this.#rowsOf(csv, this.#nextSecond);
    }
    if (text !== '') this.#append(text);
  }

  /** Closes the file. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #openSecond(second: number): OpenSecond {
    return entryOf(this.#open, second, () => ({ usersByWorker: new Map(), names: new Map() }));
  }

  #rowsOf(csv: HistoryCsv, second: number): string {
    if (this.#phaseStarts.includes(second)) csv.reset();
    const { usersByWorker, names } = this.#openSecond(second);
    this.#open.delete(second);
    let users = 0;
    for (const onWorker of usersByWorker.values()) users += onWorker;
    return csv.rowsOf(second, users, [...names.values()]);
  }

  #addLate(csv: HistoryCsv): void {
    for (const [second, { names }] of this.#open) {
      if (second >= this.#nextSecond) continue;
      this.#open.delete(second);
      const isMeasured = !this.#phaseStarts.some(
        (start) => second < start && start < this.#nextSecond,
      );
      if (isMeasured) csv.addLate(names.values());
    }
  }

  #append(text: string): void {
    if (this.#descriptor === undefined) return;
    try {
      const bytes = Buffer.from(text);
      let written = 0;
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
      this.#wholeBytes += bytes.length;
    } catch {
      // No row is left half-written.
      ftruncateSync(this.#descriptor, this.#wholeBytes);
      // The run must not end for the sake of a file that is written whole at its end anyway; a full
      // disk shows at the next commit.
      this.close();
    }
  }
}

function tallyNames({ names }: OpenSecond, all: readonly MeasuredName[]): void {
  for (const stats of all) {
    const tally = entryOf(names, nameKey(stats.method, stats.name), () =>
      createTally(stats.method, stats.name),
    );
    tallyStats(tally, stats);
  }
}
