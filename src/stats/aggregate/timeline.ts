import { usToMs } from '../../base/units.ts';
import type { HistoryRows } from '../snapshot/run-snapshot.ts';
import { Figures } from './figures.ts';
import { percentileMs } from './percentiles-of.ts';

/** Seconds whose distributions are kept, so that a late worker still changes their percentiles. */
const OPEN_SECONDS = 30;

/** What a worker says of itself in a second. */
export interface WorkerLevels {
  readonly users: number;
  /** The most users at once in that second. */
  readonly usersPeak: number;
  readonly inFlight: number;
  /** Event-loop utilisation, 0..1. */
  readonly loopRatio: number;
}

/** A second as a run file tells it; its distributions are gone. */
export interface EarlierSecond {
  /** Users running at the second's end, as reported by the workers. */
  readonly users: number;
  /** The most users at once within the second: the sum of the most that each worker had. */
  readonly usersPeak: number;
  readonly requests: number;
  readonly failures: number;
  /** Response time in microseconds; null without requests. */
  readonly p50Us: number | null;
  readonly p95Us: number | null;
  readonly p99Us: number | null;
}

/** One second of the run over all names and workers. */
interface TimelineRow {
  requests: number;
  failures: number;
  users: number;
  usersPeak: number;
  inFlight: number;
  loopMax: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  service95: number | null;
  lag99: number | null;
  /** Of the last `OPEN_SECONDS` only. */
  open: OpenSecond | undefined;
}

interface OpenSecond {
  readonly figures: Figures;
  readonly workers: Map<string, WorkerLevels>;
  isStale: boolean;
}

/**
 * The whole run, second by second. About 150 bytes a second, however long it runs: distributions
 * are kept for 30 s and then reduced to their percentiles. What comes even later still counts, but leaves
 * the percentiles as they were.
 */
export class Timeline {
  readonly #rows: TimelineRow[] = [];
  /** Seconds that have changed since `takeChanges` last gave them. */
  readonly #changed = new Set<number>();
  #closedBefore = 0;
  #peakUsers = 0;

  /** The newest second that anything was added to; -1 before the first. */
  get newestSecond(): number {
    return this.#rows.length - 1;
  }

  /** The most users that ran at once, by what the workers reported. */
  get peakUsers(): number {
    return this.#peakUsers;
  }

  /** Adds what finished in a second >= 0, over all names; of one or several workers. */
  add(second: number, figures: Figures): void {
    const row = this.#rowOf(second);
    row.requests += figures.requests;
    row.failures += figures.failures;
    if (row.open === undefined) return;
    row.open.figures.merge(figures);
    row.open.isStale = true;
  }

  /** Adds what a worker says of itself in a second >= 0. */
  addWorker(workerId: string, second: number, levels: WorkerLevels): void {
    const row = this.#rowOf(second);
    row.loopMax = Math.max(row.loopMax, levels.loopRatio);
    // A worker that ends a second early has one level in it, not two.
    const before = row.open?.workers.get(workerId);
    row.users += levels.users - (before?.users ?? 0);
    row.inFlight += levels.inFlight - (before?.inFlight ?? 0);
    // A worker that had two leases in one second ran as many users as the larger one says.
    const usersPeak = Math.max(levels.usersPeak, before?.usersPeak ?? 0);
    row.usersPeak += usersPeak - (before?.usersPeak ?? 0);
    this.#peakUsers = Math.max(this.#peakUsers, row.usersPeak);
    row.open?.workers.set(workerId, { ...levels, usersPeak });
  }

  /** Takes up the seconds of a run that goes on, from second 0; call it before anything is added. */
  restore(seconds: readonly EarlierSecond[]): void {
    for (const { users, usersPeak, requests, failures, p50Us, p95Us, p99Us } of seconds) {
      const [p50, p95, p99] = [msOf(p50Us), msOf(p95Us), msOf(p99Us)];
      const known = { users, usersPeak, requests, failures, p50, p95, p99 };
      this.#rows.push({ ...newRow(undefined), ...known });
      this.#peakUsers = Math.max(this.#peakUsers, usersPeak);
    }
    this.#closedBefore = this.#rows.length;
  }

  /** The rows of the seconds [from, to). */
  rows(from: number, to: number): HistoryRows {
    const first = Math.max(0, from);
    const length = Math.max(0, Math.min(to, this.#rows.length) - first);
    return this.#rowsOf(Array.from({ length }, (_, index) => first + index));
  }

  /**
   * The rows that are new or have changed since the last call, up to `lastSecond` (included).
   *
   * @param most - Where more rows have changed, the newest are given now and the others by later calls.
   */
  takeChanges(lastSecond: number, most: number): HistoryRows {
    const changed = [...this.#changed].filter((second) => second <= lastSecond);
    const taken = changed.sort((a, b) => a - b).slice(-most);
    for (const second of taken) this.#changed.delete(second);
    return this.#rowsOf(taken);
  }

  #rowsOf(seconds: readonly number[]): HistoryRows {
    const rows = seconds.flatMap((second) => this.#rows[second] ?? []);
    rows.forEach(refresh);
    return {
      second: seconds,
      users: rows.map((row) => row.users),
      rps: rows.map((row) => row.requests),
      failPs: rows.map((row) => row.failures),
      p50: rows.map((row) => row.p50),
      p95: rows.map((row) => row.p95),
      p99: rows.map((row) => row.p99),
      service95: rows.map((row) => row.service95),
      lag99: rows.map((row) => row.lag99),
      inFlight: rows.map((row) => row.inFlight),
      loopMax: rows.map((row) => row.loopMax),
    };
  }

  #rowOf(second: number): TimelineRow {
    // Seconds that are skipped for good have no distributions: of a day, they would take a gigabyte.
    const openFrom = second + 1 - OPEN_SECONDS;
    for (let added = this.#rows.length; added <= second; added += 1) {
      this.#changed.add(added);
      this.#rows.push(newRow(added >= openFrom ? newOpenSecond() : undefined));
    }
    this.#changed.add(second);
    for (; this.#closedBefore < this.#rows.length - OPEN_SECONDS; this.#closedBefore += 1) {
      const closing = this.#rows[this.#closedBefore];
      if (closing === undefined) continue;
      refresh(closing);
      closing.open = undefined;
    }
    // The first loop has made it.
    return this.#rows[second] as TimelineRow;
  }
}

function msOf(us: number | null): number | null {
  return us === null ? null : usToMs(us);
}

function newOpenSecond(): OpenSecond {
  return { figures: new Figures(), workers: new Map(), isStale: false };
}

function newRow(open: OpenSecond | undefined): TimelineRow {
  return {
    requests: 0,
    failures: 0,
    users: 0,
    usersPeak: 0,
    inFlight: 0,
    loopMax: 0,
    p50: null,
    p95: null,
    p99: null,
    service95: null,
    lag99: null,
    open,
  };
}

function refresh(row: TimelineRow): void {
  if (row.open === undefined || !row.open.isStale) return;
  const { response, service, lag } = row.open.figures;
  row.p50 = percentileMs(response, 0.5);
  row.p95 = percentileMs(response, 0.95);
  row.p99 = percentileMs(response, 0.99);
  row.service95 = percentileMs(service, 0.95);
  row.lag99 = percentileMs(lag, 0.99);
  row.open.isStale = false;
}
