import type { Histogram } from '../../stats/histogram/histogram.ts';
import { HistogramPool } from '../../stats/histogram/histogram-pool.ts';
import type {
  LoopStalls,
  MeasuredInterval,
  MeasuredName,
  WorkerHealth,
} from '../../stats/interval/interval.ts';
import type { NameCounts } from '../../stats/interval/name-counters.ts';
import { DISTRIBUTIONS } from '../../stats/interval/name-counters.ts';
import { addCounts, CountFields } from '../../stats/interval/name-counts.ts';
import { OTHER_ERRORS, OTHER_EXCEPTIONS } from '../../stats/recorder/recorded-failures.ts';
import {
  createNameFigures,
  type MutableNameFigures,
  mergeNameFigures,
  nameKey,
} from '../record/name-figures.ts';
import { NameMap } from '../record/name-map.ts';
import type { ErrorFigures, IntervalKey } from '../record/run-record.ts';

/** Distinct (request, error) pairs kept in one phase of a run; further ones count as `(other errors)`. */
export const MAX_ERRORS = 5000;
/** Distinct exceptions kept of a run; further ones count as `(other exceptions)`. */
export const MAX_EXCEPTIONS = 1000;

/** One worker in one second, over its names. */
export interface SecondWorker extends IntervalKey {
  users: number;
  /** The most users at once in that second. */
  usersPeak: number;
  inFlight: number;
  health: WorkerHealth;
  /** Lease of the newest interval, which levels are taken from. */
  epoch: number;
  sequence: number;
  succeeded: number;
  failed: number;
  readonly response: Histogram;
  readonly service: Histogram;
  readonly lag: Histogram;
}

/** One lease of a worker, over the run: how many exchanges of each name ended how. */
export interface LeaseNames {
  readonly workerId: string;
  readonly epoch: number;
  readonly names: NameMap<LeaseName>;
}

/** One name on one lease of a worker, over the run. */
export interface LeaseName extends NameCounts {
  readonly method: string;
  readonly name: string;
  /** The newest interval that had this name; `inFlight` is taken from it. */
  sequence: number;
}

/** Failures of one kind, still growing. */
export type MutableError = { -readonly [Key in keyof ErrorFigures]: ErrorFigures[Key] };

/** One kind of exception, still growing. */
export interface ExceptionTally {
  readonly message: string;
  readonly traceback: string;
  readonly byWorker: Map<string, number>;
}

/**
 * Intervals merged into the foldings of the run file, in memory. The writer collects some seconds in
 * one before it adds them to the tables; the reader puts in what a crash left unmerged. Both go
 * through here, so that a file reads the same folded or not.
 */
export class RunFolding {
  /** By second, then name: everything that was added. */
  readonly secondNames: Map<number, NameMap<MutableNameFigures>> = new Map();
  /** By second, then worker. */
  readonly secondWorkers: Map<number, Map<string, SecondWorker>> = new Map();
  /** By worker, then epoch. */
  readonly leases: Map<string, Map<number, LeaseNames>> = new Map();
  /** By phase, then name: what was put there, and from `sumPhases` on the seconds too. */
  readonly phaseNames: Map<number, NameMap<MutableNameFigures>> = new Map();
  /** By phase, then request and error. */
  readonly errors: Map<number, Map<string, MutableError>> = new Map();
  readonly exceptions: Map<string, ExceptionTally> = new Map();
  /** Seconds at which the statistics started again, ascending. */
  #phaseStarts: readonly number[];
  readonly #pool: HistogramPool;
  readonly #createFigures = (method: string, name: string): MutableNameFigures =>
    createNameFigures(method, name, () => this.#pool.take());

  /**
   * @param phaseStarts - Seconds at which the statistics started again.
   * @param pool - Where its histograms come from, and go to by `recycle`.
   */
  constructor(phaseStarts: readonly number[] = [], pool: HistogramPool = new HistogramPool()) {
    this.#phaseStarts = phaseStarts;
    this.#pool = pool;
  }

  /** Gives back all histograms; the folding must not be used afterwards. */
  recycle(): void {
    const pool = this.#pool;
    for (const names of [...this.secondNames.values(), ...this.phaseNames.values()]) {
      for (const figures of names.values()) {
        for (const [key] of DISTRIBUTIONS) pool.give(figures[key]);
      }
    }
    for (const workers of this.secondWorkers.values()) {
      for (const { response, service, lag } of workers.values()) {
        pool.give(response);
        pool.give(service);
        pool.give(lag);
      }
    }
  }

  /** Replaces the seconds at which the statistics started again, for what is added from now on. */
  setPhaseStarts(phaseStarts: readonly number[]): void {
    this.#phaseStarts = phaseStarts;
  }

  /** The phase that a second is measured in: the number of resets up to its beginning. */
  phaseOf(second: number): number {
    return this.#phaseStarts.filter((fromSecond) => fromSecond <= second).length;
  }

  /**
   * Adds an interval. Figures from before second 0 count in second 0, the first that has a place for them;
   * the users of such an interval are dropped.
   */
  add(key: IntervalKey, interval: MeasuredInterval): void {
    const second = Math.max(interval.second, 0);
    const { names, errors, exceptions } = interval;
    if (interval.second >= 0 || names.length > 0) this.#addWorker(key, second, interval);
    if (names.length > 0) this.#addNames(key, second, names);
    for (const error of errors) this.addError(this.phaseOf(second), error);
    for (const { message, traceback, occurrences } of exceptions) {
      this.addException(message, traceback, key.workerId, occurrences);
    }
  }

  /**
   * Adds the seconds to the phases that they are in; once, when everything was added. Each name of a
   * second is merged from all workers by then.
   */
  sumPhases(): void {
    for (const [second, names] of this.secondNames) {
      const phase = this.phaseOf(second);
      for (const figures of names.values()) {
        mergeNameFigures(this.phaseName(phase, figures.method, figures.name), figures);
      }
    }
  }

  /** The figures of a name in a phase; added where there are none. */
  phaseName(phase: number, method: string, name: string): MutableNameFigures {
    const names = entryOf(this.phaseNames, phase, () => new NameMap<MutableNameFigures>());
    return names.entryOf(method, name, this.#createFigures);
  }

  /** What is known of a lease; added where there is nothing. */
  lease(workerId: string, epoch: number): LeaseNames {
    const epochs = entryOf(this.leases, workerId, () => new Map<number, LeaseNames>());
    return entryOf(epochs, epoch, () => ({ workerId, epoch, names: new NameMap() }));
  }

  /** Adds failures of one kind. */
  addError(phase: number, from: ErrorFigures): void {
    const errors = entryOf(this.errors, phase, () => new Map<string, MutableError>());
    const key = errorKey(from);
    const known = errors.get(key);
    if (known !== undefined) {
      mergeError(known, from);
    } else if (errors.size < MAX_ERRORS || from.error === OTHER_ERRORS) {
      errors.set(key, { ...from });
    } else {
      this.addError(phase, { ...from, error: OTHER_ERRORS });
    }
  }

  /** Adds exceptions of one kind. */
  addException(message: string, traceback: string, workerId: string, occurrences: number): void {
    const key = nameKey(message, traceback);
    if (
      !this.exceptions.has(key) &&
      this.exceptions.size >= MAX_EXCEPTIONS &&
      message !== OTHER_EXCEPTIONS
    ) {
      this.addException(OTHER_EXCEPTIONS, '', workerId, occurrences);
      return;
    }
    const { byWorker } = entryOf(this.exceptions, key, () => ({
      message,
      traceback,
      byWorker: new Map<string, number>(),
    }));
    byWorker.set(workerId, (byWorker.get(workerId) ?? 0) + occurrences);
  }

  /** Merges one worker's second into what is known of it. */
  addSecondWorker(second: number, from: SecondWorker): void {
    const workers = entryOf(this.secondWorkers, second, () => new Map<string, SecondWorker>());
    const known = workers.get(from.workerId);
    if (known === undefined) {
      workers.set(from.workerId, from);
    } else {
      mergeSecondWorker(known, from);
    }
  }

  #addNames(
    { workerId, epoch, sequence }: IntervalKey,
    second: number,
    names: readonly MeasuredName[],
  ): void {
    const ofSecond = entryOf(this.secondNames, second, () => new NameMap<MutableNameFigures>());
    const ofLease = this.lease(workerId, epoch).names;
    let place = 0;
    for (const stats of names) {
      const { method, name } = stats;
      mergeNameFigures(ofSecond.entryOf(method, name, this.#createFigures, place), stats);
      mergeLeaseName(ofLease.entryOf(method, name, createLeaseName, place), stats, sequence);
      place += 1;
    }
  }

  #addWorker(key: IntervalKey, second: number, interval: MeasuredInterval): void {
    const row: SecondWorker = {
      workerId: key.workerId,
      epoch: key.epoch,
      sequence: key.sequence,
      users: interval.second >= 0 ? interval.users : 0,
      usersPeak: interval.second >= 0 ? interval.usersPeak : 0,
      health: interval.health,
      inFlight: 0,
      succeeded: 0,
      failed: 0,
      response: this.#pool.take(),
      service: this.#pool.take(),
      lag: this.#pool.take(),
    };
    for (const stats of interval.names) {
      row.inFlight += stats.inFlight;
      row.succeeded += stats.succeeded;
      row.failed += stats.failed;
      stats.succeededResponse.addTo(row.response);
      stats.failedResponse.addTo(row.response);
      stats.service.addTo(row.service);
      stats.lag.addTo(row.lag);
    }
    this.addSecondWorker(second, row);
  }
}

/** A key that no two (request, error) pairs share. */
export function errorKey(error: {
  readonly method: string;
  readonly name: string;
  readonly error: string;
}): string {
  return `${nameKey(error.method, error.name)}\u0000${error.error}`;
}

/** Adds occurrences and widens first and last. */
export function mergeError(into: MutableError, from: ErrorFigures): void {
  into.occurrences += from.occurrences;
  into.firstUs = Math.min(into.firstUs, from.firstUs);
  into.lastUs = Math.max(into.lastUs, from.lastUs);
}

/** Adds counts and distributions; levels are taken from the newer interval. */
export function mergeSecondWorker(into: SecondWorker, from: SecondWorker): void {
  into.usersPeak = Math.max(into.usersPeak, from.usersPeak);
  into.succeeded += from.succeeded;
  into.failed += from.failed;
  into.response.merge(from.response);
  into.service.merge(from.service);
  into.lag.merge(from.lag);
  const stalls = addStalls(into.health.stalls, from.health.stalls);
  const isNewer =
    from.epoch > into.epoch || (from.epoch === into.epoch && from.sequence > into.sequence);
  into.health = { ...(isNewer ? from : into).health, stalls };
  if (!isNewer) return;
  into.epoch = from.epoch;
  into.sequence = from.sequence;
  into.users = from.users;
  into.inFlight = from.inFlight;
}

function addStalls(a: LoopStalls, b: LoopStalls): LoopStalls {
  return {
    totalUs: a.totalUs + b.totalUs,
    longestUs: Math.max(a.longestUs, b.longestUs),
    requests: a.requests + b.requests,
  };
}

class SummedLeaseName extends CountFields implements LeaseName {
  readonly method: string;
  readonly name: string;
  sequence = -1;

  constructor(method: string, name: string) {
    super();
    this.method = method;
    this.name = name;
  }
}

/** The figures of a name on a lease before its first interval; any interval is newer. */
export function createLeaseName(method: string, name: string): LeaseName {
  return new SummedLeaseName(method, name);
}

/** Adds counts; `inFlight` is taken from the newer interval. @param sequence - The interval of `from`. */
export function mergeLeaseName(
  into: LeaseName,
  from: Readonly<NameCounts>,
  sequence: number,
): void {
  addCounts(into, from);
  if (sequence <= into.sequence) return;
  into.sequence = sequence;
  into.inFlight = from.inFlight;
}

/** The value of a key, made and put in where there is none. */
export function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}
