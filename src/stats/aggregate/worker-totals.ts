import { NO_HEALTH, type WorkerHealth } from '../interval/interval.ts';
import type { JudgedWorker } from '../verdict/verdict.ts';
import type { Figures } from './figures.ts';
import { percentileMs } from './percentiles-of.ts';
import { RecentFigures, WINDOW_SECONDS } from './recent-figures.ts';
import type { StagedInterval } from './staged-intervals.ts';
import { WorkerSeconds } from './worker-seconds.ts';

/** What a snapshot says of a worker, as far as intervals tell. */
export interface LiveWorkerFigures {
  /** Second of its newest interval. */
  readonly newestSecond: number;
  /** Users that ran in that second. */
  readonly users: number;
  readonly usersPeak: number;
  /** Requests finished in the whole run. */
  readonly requests: number;
  /** Over the last 10 s. */
  readonly rps: number;
  /** Send lag over the last 10 s, ms; null without requests. */
  readonly lag99: number | null;
  readonly health: WorkerHealth;
}

/** What a worker's intervals and tallies tell for and against the run. */
export type WorkerEvidence = Omit<JudgedWorker, 'workerId' | 'isLost'>;

/** What one lease of a worker had on the wire when it was last heard of. */
interface Lease {
  newestSecond: number;
  inFlight: number;
  /** Exchanges whose end its intervals have told. */
  ended: number;
  /** Exchanges that the worker last said it had sent, and the second that was on then. */
  sent: number;
  toldSecond: number;
}

/**
 * One worker's own levels and recent figures.
 *
 * A worker that was given up and comes back does so under a new lease (epoch) and begins at zero:
 * what an earlier lease had on the wire when it was last heard of never ends under another lease, so it
 * is unknown.
 */
export class WorkerTotals {
  /** Whether it was given up: what it has in flight is unknown then, and its users count nowhere. */
  isLost = false;
  readonly #recent = new RecentFigures();
  readonly #leases = new Map<number, Lease>();
  #newestEpoch = Number.NEGATIVE_INFINITY;
  #newestSecond = Number.NEGATIVE_INFINITY;
  #users = 0;
  #usersPeak = 0;
  #requests = 0;
  #health: WorkerHealth = NO_HEALTH;
  readonly #seconds = new WorkerSeconds();
  /** For each lease with a tally, or that is over: what the worker may have sent beyond what it told. */
  readonly #atMostMore = new Map<number, number | null>();

  /** Second of its newest interval. */
  get newestSecond(): number {
    return this.#newestSecond;
  }

  /** Users that ran in its newest interval. */
  get users(): number {
    return this.#users;
  }

  /** What a run is judged by, as far as this worker goes. */
  get evidence(): WorkerEvidence {
    const { activeSeconds, saturatedSeconds, stalls } = this.#seconds;
    const { unknown } = this;
    const more = this.#unknownMore();
    return {
      lastSecond: this.#lastSecond(),
      unknown,
      unknownMost: more === null ? null : unknown + more,
      activeSeconds,
      saturatedSeconds,
      requests: this.#requests,
      stalls,
    };
  }

  /** Exchanges on the wire and expected to end. */
  get inFlight(): number {
    return this.isLost ? 0 : (this.#leases.get(this.#newestEpoch)?.inFlight ?? 0);
  }

  /** Exchanges that were on the wire when a lease was last heard of. */
  get unknown(): number {
    let level = 0;
    for (const [epoch, lease] of this.#leases) {
      if (this.isLost || epoch !== this.#newestEpoch) level += onWire(lease);
    }
    return level;
  }

  /** Notes what the worker says that it has sent under a lease, and the second that was on then. */
  tally(epoch: number, second: number, sent: number): void {
    const lease = this.#leaseOf(epoch);
    lease.sent = sent;
    lease.toldSecond = second;
    this.#newestEpoch = Math.max(this.#newestEpoch, epoch);
    if (!this.#atMostMore.has(epoch)) this.#atMostMore.set(epoch, null);
  }

  /** Notes that a lease is over, and how much the worker may have sent beyond what it told. */
  endLease(epoch: number, atMostMore: number): void {
    this.#atMostMore.set(epoch, atMostMore);
  }

  /** Adds an interval of this worker. */
  add(interval: StagedInterval): void {
    const { epoch, second, figures, health } = interval;
    this.#requests += figures.requests;
    this.#usersPeak = Math.max(this.#usersPeak, interval.usersPeak);
    this.#recent.add(Math.max(0, second), figures);
    const { requests } = figures;
    this.#seconds.add({ epoch, second, users: interval.users, requests, health });
    const lease = this.#leaseOf(epoch);
    lease.ended += interval.ended;
    // Intervals that are sent again after a reconnect must not bring old levels back.
    if (second < lease.newestSecond) return;
    lease.newestSecond = second;
    lease.inFlight = interval.inFlight;
    if (epoch < this.#newestEpoch) return;
    this.#newestEpoch = epoch;
    this.#newestSecond = second;
    this.#users = interval.users;
    this.#health = health;
  }

  /** What the worker may have sent beyond `unknown`; null where it was lost and nothing tells. */
  #unknownMore(): number | null {
    const newestEpoch = Math.max(...this.#atMostMore.keys());
    if (this.isLost && (this.#atMostMore.get(newestEpoch) ?? null) === null) return null;
    return [...this.#atMostMore.values()].reduce<number>((sum, more) => sum + (more ?? 0), 0);
  }

  #lastSecond(): number | null {
    const seconds = [...this.#leases.values()].map(({ newestSecond }) => newestSecond);
    const last = Math.max(...seconds);
    return Number.isFinite(last) ? last : null;
  }

  #leaseOf(epoch: number): Lease {
    let lease = this.#leases.get(epoch);
    if (lease === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      lease = { newestSecond: never, inFlight: 0, ended: 0, sent: 0, toldSecond: never };
      this.#leases.set(epoch, lease);
    }
    return lease;
  }

  /**
   * @param lastSecond - End of the 10 s that are "now", that second included.
   * @param sums - Used for adding up; what was in it before is lost.
   */
  figures(lastSecond: number, sums: Figures): LiveWorkerFigures {
    const recent = this.#recent.figures(lastSecond, sums);
    const seconds = Math.min(WINDOW_SECONDS, lastSecond + 1);
    return {
      newestSecond: this.#newestSecond,
      users: this.#users,
      usersPeak: this.#usersPeak,
      requests: this.#requests,
      rps: seconds > 0 ? recent.requests / seconds : 0,
      lag99: percentileMs(recent.lag, 0.99),
      health: this.#health,
    };
  }
}

/**
 * Exchanges on the wire when a lease was last heard of: by its last tally or its last interval, whichever is
 * later.
 */
function onWire({ newestSecond, inFlight, ended, sent, toldSecond }: Lease): number {
  return toldSecond > newestSecond ? Math.max(sent - ended, 0) : inFlight;
}
