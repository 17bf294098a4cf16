import type { Clock } from '../../base/clock.ts';
import { isLoopback } from '../../protocol/channel/loopback.ts';
import { networkOf } from './network-of.ts';
import { SecondCounts } from './second-counts.ts';

/** Connections that may be open without having proven anything, of all addresses together. */
const MAX_STRANGERS = 1024;
/** Such connections of one address: enough for as many local workers as there may be at once. */
const MAX_STRANGERS_OF_ADDRESS = 256;
/** Failed attempts of one address in a second that are all listened to. */
const MAX_FAILURES = 10;
/**
 * Failed attempts in a second of an address from which a proof has come: a worker there must get past its
 * neighbours.
 */
const MAX_FAILURES_OF_KNOWN = 200;
/** Failed attempts in a second of all addresses together from which no proof has come. */
const MAX_FAILURES_OF_UNKNOWN = 300;
/** Addresses with a proof that are remembered. */
const MAX_ADDRESSES = 10_000;
/** Health checks of one address in a second that do not count as failed attempts. */
const MAX_HEALTH_CHECKS = 10;
/** Stands for all addresses from which no proof has come. */
const ALL_UNKNOWN = 'unknown';

/** A connection on which nothing was proven yet. */
export interface Visit {
  readonly network: string;
  /** Whether it comes from this machine. */
  readonly isLocal: boolean;
  /** Drops the connection: others need its place. */
  readonly evict: () => void;
}

/** What became of a visit: it counts as a failed attempt, or does not, or the visitor was let in. */
export type VisitEnd = 'failed' | 'harmless' | 'health check' | 'proven';

/**
 * Counts connections on which nothing was proven, so that they can fill neither memory nor processor, nor
 * keep out the workers. Places go to newcomers: a worker, which knows the secret, needs its place for a
 * moment only, and connections that only wait lose theirs. Where there are too many attempts, some are
 * drawn by lot, so that a flood from a worker's own address (the same machine, the same NAT) does not lock
 * the worker out.
 */
export class StrangerLimits {
  readonly #random: () => number;
  /** All visits in the order in which they came, and then those of each network. */
  readonly #visits = new Set<Visit>();
  readonly #present = new Map<string, Set<Visit>>();
  readonly #failures: SecondCounts;
  readonly #failuresOfUnknown: SecondCounts;
  readonly #healthChecks: SecondCounts;
  readonly #known = new Set<string>();

  /** @param random - Uniform in [0, 1). */
  constructor(clock: Clock, random: () => number) {
    this.#failures = new SecondCounts(clock);
    this.#failuresOfUnknown = new SecondCounts(clock);
    this.#healthChecks = new SecondCounts(clock);
    this.#random = random;
  }

  /** How many such connections there are. */
  get strangers(): number {
    return this.#visits.size;
  }

  /** A connection comes; the one that has been here for longest may be evicted for it. `leave` must follow. */
  enter(address: string, evict: () => void): Visit {
    const isLocal = isLoopback(address.replace(/^::ffff:/, ''));
    const visit = { network: networkOf(address), isLocal, evict };
    const present = this.#present.get(visit.network) ?? new Set();
    this.#present.set(visit.network, present);
    if (present.size >= MAX_STRANGERS_OF_ADDRESS) this.#evictFirst(present);
    else if (this.#visits.size >= MAX_STRANGERS) this.#evictFirst(this.#visits);
    this.#visits.add(visit);
    // Set anew: an eviction may have removed the set with its last visit.
    this.#present.set(visit.network, present.add(visit));
    return visit;
  }

  /** Whether to go on with a visit where that begins to cost something: always, or by lot. */
  admits({ network, isLocal }: Visit): boolean {
    // A process of this machine can take its processor anyhow, and local workers and ctl must get through.
    if (isLocal) return true;
    if (this.#known.has(network)) {
      return this.#draw(this.#failures.of(network), MAX_FAILURES_OF_KNOWN);
    }
    return (
      this.#draw(this.#failures.of(network), MAX_FAILURES) &&
      this.#draw(this.#failuresOfUnknown.of(ALL_UNKNOWN), MAX_FAILURES_OF_UNKNOWN)
    );
  }

  /** The connection has closed, or was let in. */
  leave(visit: Visit, end: VisitEnd): void {
    this.#remove(visit);
    if (end === 'failed') this.#fail(visit.network);
    if (end === 'health check') this.#checkHealth(visit.network);
    if (end === 'proven') remember(this.#known, visit.network);
  }

  #evictFirst(visits: ReadonlySet<Visit>): void {
    const [first] = visits;
    if (first === undefined) return;
    this.#remove(first);
    first.evict();
  }

  #remove(visit: Visit): void {
    this.#visits.delete(visit);
    const present = this.#present.get(visit.network);
    present?.delete(visit);
    if (present?.size === 0) this.#present.delete(visit.network);
  }

  #draw(failures: number, limit: number): boolean {
    return failures < limit || this.#random() < limit / (failures + 1);
  }

  #fail(network: string): void {
    this.#failures.add(network);
    if (!this.#known.has(network)) this.#failuresOfUnknown.add(ALL_UNKNOWN);
  }

  /** So many checks are free; further ones cost the master as much as attempts that fail. */
  #checkHealth(network: string): void {
    if (this.#healthChecks.of(network) >= MAX_HEALTH_CHECKS) this.#fail(network);
    this.#healthChecks.add(network);
  }
}

function remember(known: Set<string>, network: string): void {
  known.delete(network);
  known.add(network);
  const [oldest] = known;
  if (known.size > MAX_ADDRESSES && oldest !== undefined) known.delete(oldest);
}
