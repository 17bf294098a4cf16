import {
  type ErrorCount,
  type ExceptionCount,
  endedOnWire,
  type MeasuredInterval,
  type WorkerHealth,
} from '../interval/interval.ts';
import type { NameTable } from '../recorder/name-table.ts';
import { Figures } from './figures.ts';
import type { FreshNames, FreshSeconds } from './fresh-seconds.ts';
import type { RequestSums } from './request-sums.ts';

/** Sums (one name in one second, about 10 kB) that one stage takes on. */
const MAX_SUMS = 4096;
/**
 * Seconds that one stage takes on. A run that keeps up has one or two in a commit. After a break the
 * intervals of many seconds come worker by worker: their sums would not be in the processor's cache
 * when the next worker needs them, and reading them again in the order of their seconds is quicker.
 */
const MAX_SECONDS = 3;

/** One interval without its names, which are in the sums of its second. */
export class StagedInterval {
  readonly workerId: string;
  /** The lease that the worker measured it under; a higher one is newer. */
  readonly epoch: number;
  /** The second that the worker told: negative before the run's start. */
  readonly second: number;
  readonly users: number;
  readonly usersPeak: number;
  readonly health: WorkerHealth;
  readonly errors: readonly ErrorCount[];
  readonly exceptions: readonly ExceptionCount[];
  /** Over all names: requests, failures and send lag. */
  readonly figures: Figures = new Figures();
  /** Exchanges on the wire when the interval was cut, over all names. */
  inFlight = 0;
  /** Exchanges whose end the interval tells, over all names. */
  ended = 0;

  constructor(workerId: string, epoch: number, interval: MeasuredInterval) {
    this.workerId = workerId;
    this.epoch = epoch;
    this.second = interval.second;
    this.users = interval.users;
    this.usersPeak = interval.usersPeak;
    this.health = interval.health;
    this.errors = interval.errors;
    this.exceptions = interval.exceptions;
  }
}

/** What was staged of one second. */
export interface StagedSecond {
  readonly names: FreshNames<RequestSums>;
  readonly intervals: StagedInterval[];
}

/**
 * Intervals that were read and do not count yet, since they are not durable. They are added up by second and
 * name already, so that none must be read again once it is durable. `RunAggregate.count` makes them count.
 */
export class StagedIntervals {
  readonly #requests: NameTable<RequestSums>;
  readonly #fresh: FreshSeconds<RequestSums>;
  readonly #seconds = new Map<number, StagedSecond>();

  /** Use `RunAggregate.stage`. */
  constructor(requests: NameTable<RequestSums>, fresh: FreshSeconds<RequestSums>) {
    this.#requests = requests;
    this.#fresh = fresh;
  }

  /**
   * Whether an interval should be added now. Where not, it should be read again and added when it is
   * durable, right before its second is counted.
   */
  hasRoomFor({ second, names }: MeasuredInterval): boolean {
    const isKnown = this.#seconds.has(Math.max(0, second));
    if (!isKnown && this.#seconds.size >= MAX_SECONDS) return false;
    let sums = isKnown ? 0 : names.length;
    for (const staged of this.#seconds.values()) sums += staged.names.sums.size;
    return sums <= MAX_SUMS;
  }

  /**
   * Adds an interval.
   *
   * @param interval - Everything in it is read before this returns, except its lists of errors and
   *   exceptions.
   */
  add(workerId: string, interval: MeasuredInterval, epoch: number): void {
    const { names, intervals } = this.#secondOf(Math.max(0, interval.second));
    const staged = new StagedInterval(workerId, epoch, interval);
    const { figures } = staged;
    for (const stats of interval.names) {
      names.of(this.#requests.get(stats.method, stats.name)).add(stats);
      staged.inFlight += stats.inFlight;
      staged.ended += endedOnWire(stats);
      figures.requests += stats.succeeded + stats.failed;
      figures.failures += stats.failed;
      stats.lag.addTo(figures.lag);
    }
    intervals.push(staged);
  }

  /**
   * Gives away what was staged of a second >= 0; `undefined` where nothing was staged, or it was given away
   * before.
   */
  take(second: number): StagedSecond | undefined {
    const staged = this.#seconds.get(second);
    this.#seconds.delete(second);
    return staged;
  }

  #secondOf(second: number): StagedSecond {
    let staged = this.#seconds.get(second);
    if (staged === undefined) {
      staged = { names: this.#fresh.begin(second), intervals: [] };
      this.#seconds.set(second, staged);
    }
    return staged;
  }
}
