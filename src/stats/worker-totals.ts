import type { Figures } from './figures.ts';
import type { MeasuredInterval, WorkerHealth } from './interval.ts';
import { percentileMs } from './percentiles-of.ts';
import { RecentFigures, WINDOW_SECONDS } from './recent-figures.ts';

/** What a snapshot says of a worker, as far as intervals tell. */
export interface WorkerFigures {
  /** Second of its newest interval. */
  readonly newestSecond: number;
  /** Running in that second. */
  readonly users: number;
  readonly usersPeak: number;
  /** Finished in the whole run. */
  readonly requests: number;
  /** Over the last 10 s. */
  readonly rps: number;
  /** Send lag over the last 10 s, ms; null without requests. */
  readonly lag99: number | null;
  readonly health: WorkerHealth;
}

/** What one lease of a worker had in flight when it last reported. */
interface Lease {
  newestSecond: number;
  inFlight: number;
}

/**
 * One worker's own levels and recent figures.
 *
 * A worker that was given up and comes back does so under a new lease (epoch) and begins at zero:
 * what an earlier lease had in flight in its last interval never ends in another one, so it is unknown.
 */
export class WorkerTotals {
  /** Given up: what it has in flight is unknown too, its users count nowhere. */
  isLost = false;
  readonly #recent = new RecentFigures();
  readonly #leases = new Map<number, Lease>();
  #newestEpoch = Number.NEGATIVE_INFINITY;
  #newestSecond = Number.NEGATIVE_INFINITY;
  #users = 0;
  #usersPeak = 0;
  #requests = 0;
  #health: WorkerHealth;

  constructor(health: WorkerHealth) {
    this.#health = health;
  }

  /** Second of its newest interval. */
  get newestSecond(): number {
    return this.#newestSecond;
  }

  /** Running in its newest interval. */
  get users(): number {
    return this.#users;
  }

  /** Exchanges on the wire and expected to end. */
  get inFlight(): number {
    return this.isLost ? 0 : (this.#leases.get(this.#newestEpoch)?.inFlight ?? 0);
  }

  /** Exchanges that were on the wire when a lease was last heard of. */
  get unknown(): number {
    let level = 0;
    for (const lease of this.#leases.values()) level += lease.inFlight;
    return level - this.inFlight;
  }

  /**
   * Adds an interval of this worker.
   *
   * @param epoch - Its lease; a higher one is newer.
   * @param figures - The interval's, over all names: requests, failures and send lag.
   * @param inFlight - Exchanges on the wire when it was cut, over all names.
   */
  add(epoch: number, interval: MeasuredInterval, figures: Figures, inFlight: number): void {
    this.#requests += figures.requests;
    this.#usersPeak = Math.max(this.#usersPeak, interval.usersPeak);
    this.#recent.add(Math.max(0, interval.second), figures);
    const { second } = interval;
    const lease = this.#leases.get(epoch);
    // Intervals that are sent again after a reconnect must not bring old levels back.
    if (lease !== undefined && second < lease.newestSecond) return;
    this.#leases.set(epoch, { newestSecond: second, inFlight });
    if (epoch < this.#newestEpoch) return;
    this.#newestEpoch = epoch;
    this.#newestSecond = second;
    this.#users = interval.users;
    this.#health = interval.health;
  }

  /**
   * @param lastSecond - End of the 10 s that are "now", that second included.
   * @param sums - Used for adding up; what was in it is gone.
   */
  figures(lastSecond: number, sums: Figures): WorkerFigures {
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
