import { ProtocolError } from '../../base/errors.ts';
import { usToMs } from '../../base/units.ts';
import type {
  ErrorCount,
  ExceptionCount,
  MeasuredInterval,
  NameStats,
} from '../interval/interval.ts';
import { addCounts, CountFields } from '../interval/name-counts.ts';
import { NameTotals } from '../interval/name-totals.ts';
import { DEFAULT_MAX_NAMES, NameTable, OVERFLOW_NAME } from '../recorder/name-table.ts';
import type {
  HistoryRows,
  Ledger,
  RunFigures,
  SnapshotRequest,
  StatsWindow,
} from '../snapshot/run-snapshot.ts';
import { ownFailuresOf, type RunEvidence } from '../verdict/verdict.ts';
import { ErrorTotals, type ExceptionTotal, ExceptionTotals } from './failure-totals.ts';
import { Figures } from './figures.ts';
import { FleetTotals } from './fleet-totals.ts';
import { FreshSeconds } from './fresh-seconds.ts';
import { RecentFigures } from './recent-figures.ts';
import { RequestSums } from './request-sums.ts';
import { type StagedInterval, StagedIntervals, type StagedSecond } from './staged-intervals.ts';
import { type EarlierSecond, Timeline } from './timeline.ts';
import type { LiveWorkerFigures, WorkerEvidence } from './worker-totals.ts';

/**
 * How far a worker's second may lie beyond the newest one known; a later one is nonsense, and would cost
 * memory.
 */
export const MAX_AHEAD_SECONDS = 86_400;
/** How long a second that some workers have reported waits for the others. */
const MAX_WAIT_SECONDS = 3;
/** Failures that a snapshot shows. */
const SHOWN_FAILURES = 200;

/** What a run file tells of a run that goes on. */
export interface EarlierFigures {
  readonly measuredFromSecond: number;
  /** Figures by name since `measuredFromSecond`. */
  readonly names: readonly NameStats[];
  readonly errors: readonly ErrorCount[];
  /** The ledger of the whole run; the fields below are of the whole run too. */
  readonly ledger: Ledger;
  readonly exceptions: readonly (ExceptionCount & { readonly workers: readonly string[] })[];
  readonly seconds: readonly EarlierSecond[];
}

/** What a worker had sent under a lease, over all names, when a second of the run was on. */
export interface WorkerTally {
  readonly workerId: string;
  readonly epoch: number;
  readonly second: number;
  readonly total: number;
}

/** A lease that is over, with what the worker may have sent beyond what it told. */
export interface EndedLease {
  readonly workerId: string;
  readonly epoch: number;
  readonly atMostMore: number;
}

/** The terms of the ledger while the run goes on: `sent` has `inFlight` among its terms. */
export type LiveLedger = Ledger & { readonly inFlight: number };

/**
 * Everything that the intervals of all workers add up to while a run goes on: what snapshots are made of.
 *
 * An interval is only added to the sums of its second. They belong to a stage (see `StagedIntervals`) until
 * the interval is durable, and to the aggregate from then on. Everything else that is shown (the last 10 s,
 * the run by name, percentiles of each second) is made from those sums when a snapshot is due: once a second,
 * however many workers there are.
 *
 * Each interval is added once (the caller drops what was sent twice), in any order. Memory is bounded by
 * names, workers and, for the timeline alone, seconds. Seconds before the run's start count as second 0.
 */
export class RunAggregate {
  readonly #requests: NameTable<RequestSums>;
  readonly #fleet = new FleetTotals();
  readonly #timeline = new Timeline();
  readonly #recent = new RecentFigures();
  readonly #errors = new ErrorTotals();
  readonly #exceptions = new ExceptionTotals();
  /** Counts of the whole run, resets or not. */
  readonly #ledger = new CountFields();
  /** What was counted since a figure was last asked for. */
  readonly #fresh = new FreshSeconds<RequestSums>();
  /** These figures are used again for every second and name, so that a snapshot allocates little. */
  readonly #ofSecond = new Figures();
  readonly #ofName = new Figures();
  #measuredFromSecond = 0;

  /** @param maxNames - Names kept apart over all workers; further ones share `(other names)`. */
  constructor(maxNames: number = DEFAULT_MAX_NAMES) {
    this.#requests = new NameTable((method, name) => new RequestSums(method, name), maxNames);
  }

  /** The newest second that any worker has reported; -1 before the first. */
  get newestSecond(): number {
    return this.#timeline.newestSecond;
  }

  /**
   * The last second to show: the newest that all workers have reported, so that windows and curves
   * do not dip while the first worker of a second waits for the others. A late worker holds it
   * back by 3 s at most; -1 before the first.
   */
  get completeSecond(): number {
    const { newestSecond } = this;
    return Math.max(this.#fleet.reportedSecond(newestSecond), newestSecond - MAX_WAIT_SECONDS, -1);
  }

  /** The first second that counts in totals by name; see `resetStats`. */
  get measuredFromSecond(): number {
    return this.#measuredFromSecond;
  }

  /** How many distinct names share the overflow entry; above 10,000 it stays at that. */
  get foldedNames(): number {
    return this.#requests.foldedNames;
  }

  /** Users running as the workers last said (lost ones left out), and the most there were. */
  get users(): { readonly now: number; readonly peak: number } {
    return { now: this.#fleet.users, peak: this.#timeline.peakUsers };
  }

  /** Room for intervals that were read, and that `count` makes count once they are durable. */
  stage(): StagedIntervals {
    return new StagedIntervals(this.#requests, this.#fresh);
  }

  /**
   * Counts what was staged of a second; nothing where that has been counted already.
   *
   * @param second - Of seconds that came together, count the earlier one first; a negative one counts as
   *   second 0.
   * @throws {ProtocolError} Where it is more than a day ahead of everything known; nothing of that second is
   *   counted then.
   */
  count(staged: StagedIntervals, second: number): void {
    const found = staged.take(Math.max(0, second));
    if (found !== undefined) this.#count(found);
  }

  /** Stages an interval and counts it at once. Errors as for `count`. */
  add(workerId: string, interval: MeasuredInterval, epoch = 0): void {
    const staged = this.stage();
    staged.add(workerId, interval, epoch);
    this.count(staged, interval.second);
  }

  /**
   * Takes up the figures of a run that goes on; call it before anything is added. Recent windows and the
   * workers' own figures begin anew. So does `unknown`: it is right again once each worker has come back or
   * was given up.
   */
  restore({
    measuredFromSecond,
    names,
    errors,
    ledger,
    exceptions,
    seconds,
  }: EarlierFigures): void {
    this.#measuredFromSecond = measuredFromSecond;
    for (const stats of names) this.#requests.get(stats.method, stats.name).measured.add(stats);
    for (const error of errors) this.#errors.add(error);
    const { succeeded, failed, notSent, abandoned, redirected } = ledger;
    Object.assign(this.#ledger, { succeeded, failed, notSent, abandoned, redirected });
    for (const { workers, ...exception } of exceptions) {
      const [first = '', ...others] = workers;
      this.#exceptions.add(first, exception);
      // The file has how often an exception happened and on which workers, not how often on each.
      for (const other of others) this.#exceptions.add(other, { ...exception, occurrences: 0 });
    }
    this.#timeline.restore(seconds);
  }

  /**
   * Notes what a worker has sent under a lease by now: where the worker dies, this tells more than its
   * intervals.
   */
  tally({ workerId, epoch, second, total }: WorkerTally): void {
    this.#fleet.of(workerId).tally(epoch, second, total);
  }

  /** Notes that a lease of a worker is over, and how much the worker may have sent beyond what it told. */
  endLease({ workerId, epoch, atMostMore }: EndedLease): void {
    this.#fleet.of(workerId).endLease(epoch, atMostMore);
  }

  /** Adds exceptions that happened elsewhere than on a worker. @param place - As reports name it. */
  addException(place: string, exception: ExceptionCount): void {
    this.#exceptions.add(place, exception);
  }

  /**
   * Says that a worker was given up: what it had in flight is from now on `unknown` and its users do not
   * run. Intervals that it still delivers count as ever.
   */
  loseWorker(workerId: string): void {
    this.#fleet.setLost(workerId, true);
  }

  /** Takes `loseWorker` back: the worker lives. */
  regainWorker(workerId: string): void {
    this.#fleet.setLost(workerId, false);
  }

  /**
   * Lets totals by name and errors begin again; ledger, timeline and exceptions go on.
   *
   * @param fromSecond - The first second that counts; one that a worker has reported already
   *   becomes the one after the newest.
   * @returns The first second that counts.
   */
  resetStats(fromSecond: number): number {
    this.#settle();
    this.#measuredFromSecond = Math.max(fromSecond, this.newestSecond + 1);
    for (const { measured } of this.#requests.entries) measured.clear();
    this.#errors.clear();
    return this.#measuredFromSecond;
  }

  /** The ledger of the whole run. */
  ledger(): LiveLedger {
    const { inFlight, unknown } = this.#fleet.onWire();
    const { succeeded, failed, notSent, abandoned, redirected } = this.#ledger;
    const sent = succeeded + (failed - notSent) + abandoned + redirected + unknown + inFlight;
    return { sent, succeeded, failed, notSent, abandoned, redirected, unknown, inFlight };
  }

  /** Sums by name since the last reset, in the order of first sight; the aggregate's own: read only. */
  totals(): readonly NameTotals[] {
    this.#settle();
    return this.#requests.entries
      .map(({ measured }) => measured)
      .filter((measured) => !measured.isEmpty);
  }

  /** Sums over all names since the last reset. */
  total(): NameTotals {
    this.#settle();
    const total = new NameTotals('', 'Aggregated');
    for (const { measured } of this.#requests.entries) total.add(measured);
    return total;
  }

  /** All requests of the 10 s up to `lastSecond`, that one included. */
  window(lastSecond: number): StatsWindow {
    this.#settle();
    return this.#recent.window(lastSecond, this.#ofName);
  }

  /** All requests since the last reset. @param seconds - How long that is, for the rates. */
  runWindow(seconds: number): StatsWindow {
    return windowOf(this.total(), seconds, this.#ofName);
  }

  /** The rows of the request table: `window` and `runWindow` for each name, and its last minute. */
  requests(lastSecond: number, seconds: number): SnapshotRequest[] {
    this.#settle();
    const rows: SnapshotRequest[] = [];
    for (const { measured, recent } of this.#requests.entries) {
      const { method, name } = measured;
      if (measured.isEmpty) continue;
      rows.push({
        key: `${method} ${name}`,
        method,
        name,
        now: recent.window(lastSecond, this.#ofName),
        run: windowOf(measured, seconds, this.#ofName),
        trend: recent.trend(lastSecond),
      });
    }
    return rows;
  }

  /** The failures as a snapshot shows them, since the last reset. */
  failures(): RunFigures['failures'] {
    const shown = this.#errors.top(SHOWN_FAILURES).map((total) => ({
      request: `${total.method} ${total.name}`,
      message: total.error,
      count: total.occurrences,
      first: usToMs(total.firstUs),
      last: usToMs(total.lastUs),
    }));
    return { kinds: this.#errors.kinds, shown };
  }

  /** What the scripts threw, over the whole run. */
  exceptions(): {
    readonly kinds: number;
    readonly occurrences: number;
    readonly all: readonly ExceptionTotal[];
  } {
    const { kinds, occurrences, all } = this.#exceptions;
    return { kinds, occurrences, all };
  }

  /** The seconds [from, to) of the run's history. */
  historyRows(from: number, to: number): HistoryRows {
    this.#settle();
    return this.#timeline.rows(from, to);
  }

  /** What has changed in the history since the last call; see `Timeline.takeChanges`. */
  takeHistoryChanges(lastSecond: number, most: number): HistoryRows {
    this.#settle();
    return this.#timeline.takeChanges(lastSecond, most);
  }

  /** What a worker's intervals tell of it; undefined before its first. */
  worker(workerId: string, lastSecond: number): LiveWorkerFigures | undefined {
    return this.#fleet.figures(workerId, lastSecond);
  }

  /** What a worker tells for and against the run, also before its first interval. */
  evidenceOf(workerId: string): WorkerEvidence {
    return this.#fleet.of(workerId).evidence;
  }

  /** Failures since the last reset for want of something on our own side. */
  ownFailures(): RunEvidence['ownFailures'] {
    return ownFailuresOf(this.#errors.all);
  }

  /** Whether some names of the run were counted together, here or by a worker. */
  get isNamesFolded(): boolean {
    return this.#requests.entries.some(({ measured }) => measured.name === OVERFLOW_NAME);
  }

  #count({ names, intervals }: StagedSecond): void {
    const { second } = names;
    if (second > Math.max(0, this.newestSecond) + MAX_AHEAD_SECONDS) {
      const workers = intervals.map(({ workerId }) => workerId).join(', ');
      names.recycle();
      throw new ProtocolError(
        `Worker ${workers} reports second ${second}, the run is at ${this.newestSecond}`,
      );
    }
    if (!this.#fresh.hasRoomFor(second)) this.#settle();
    for (const sums of names.sums.values()) addCounts(this.#ledger, sums);
    this.#fresh.add(names);
    for (const interval of intervals) this.#countInterval(second, interval);
  }

  #countInterval(second: number, interval: StagedInterval): void {
    const { workerId, users, usersPeak, inFlight, health } = interval;
    const { loopRatio } = health;
    this.#timeline.addWorker(workerId, second, { users, usersPeak, inFlight, loopRatio });
    this.#fleet.of(workerId).add(interval);
    if (second >= this.#measuredFromSecond) {
      for (const error of interval.errors) this.#errors.add(error);
    }
    for (const exception of interval.exceptions) this.#exceptions.add(workerId, exception);
  }

  /** Adds the fresh sums to everything that is shown. */
  #settle(): void {
    const ofSecond = this.#ofSecond;
    this.#fresh.take((second, names) => {
      const isMeasured = second >= this.#measuredFromSecond;
      ofSecond.clear();
      for (const [request, sums] of names) {
        this.#ofName.clear();
        this.#ofName.add(sums);
        ofSecond.merge(this.#ofName);
        request.recent.add(second, this.#ofName);
        if (isMeasured) request.measured.add(sums);
      }
      this.#recent.add(second, ofSecond);
      this.#timeline.add(second, ofSecond);
    });
  }
}

function windowOf(totals: NameTotals, seconds: number, sums: Figures): StatsWindow {
  sums.clear();
  sums.add(totals);
  return sums.window(seconds);
}
