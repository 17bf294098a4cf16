import type { Clock } from '../../base/clock.ts';
import { isLoopback } from '../../protocol/channel/loopback.ts';
import { networkOf } from './network-of.ts';
import { SecondCounts } from './second-counts.ts';

/** Connections that may be open without having proven anything, of all addresses together. */
const MAX_STRANGERS = 1024;
/** The same for one address: enough for as many local workers as there may be at once. */
const MAX_STRANGERS_OF_ADDRESS = 256;
/** Failed attempts of one address in a second that are all listened to. */
const MAX_FAILURES = 10;
/** The same where somebody has proven himself from there: a worker must find its way past its neighbours. */
const MAX_FAILURES_OF_KNOWN = 200;
/** The same of all addresses together from where nobody has. */
const MAX_FAILURES_OF_UNKNOWN = 300;
/** Addresses that are remembered where somebody has proven himself. */
const MAX_ADDRESSES = 10_000;
/** Health checks of one address in a second that do not count as failed attempts. */
const MAX_HEALTH_CHECKS = 10;
/** Stands for all addresses where nobody has proven himself. */
const ALL_UNKNOWN = 'unknown';

/** Somebody who is connected and has not proven anything. */
export interface Visit {
  readonly network: string;
  /** Of this machine. */
  readonly isLocal: boolean;
  /** Hangs up: others need the place. */
  readonly evict: () => void;
}

/** What became of a visit: it counts as a failed attempt, or does not, or the visitor was let in. */
export type VisitEnd = 'failed' | 'harmless' | 'health check' | 'proven';

/**
 * Counts those who have not proven anything, so that they can fill neither memory nor processor, nor keep
 * out those who can. Places go to newcomers, since whoever knows the secret needs one for a moment only,
 * and those who sit on theirs lose it. Of too many attempts some are drawn by lot, so that a flood from the
 * address of a worker (the same machine, the same NAT) does not lock that out.
 */
export class StrangerLimits {
  readonly #random: () => number;
  /** In the order of coming; of all, and of each network. */
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

  /** How many there are. */
  get strangers(): number {
    return this.#visits.size;
  }

  /** Somebody connects; whoever has been here for longest may be evicted for him. `leave` must follow. */
  enter(address: string, evict: () => void): Visit {
    const isLocal = isLoopback(address.replace(/^::ffff:/, ''));
    const visit = { network: networkOf(address), isLocal, evict };
    const present = this.#present.get(visit.network) ?? new Set();
    this.#present.set(visit.network, present);
    if (present.size >= MAX_STRANGERS_OF_ADDRESS) this.#evictFirst(present);
    else if (this.#visits.size >= MAX_STRANGERS) this.#evictFirst(this.#visits);
    this.#visits.add(visit);
    // Anew: the set is taken away with the last one in it.
    this.#present.set(visit.network, present.add(visit));
    return visit;
  }

  /** Whether to go on with a visit where that begins to cost something: always, or by lot. */
  admits({ network, isLocal }: Visit): boolean {
    // Whoever is on this machine can take its processor anyhow, and its own workers and ctl must get through.
    if (isLocal) return true;
    if (this.#known.has(network)) {
      return this.#draw(this.#failures.of(network), MAX_FAILURES_OF_KNOWN);
    }
    return (
      this.#draw(this.#failures.of(network), MAX_FAILURES) &&
      this.#draw(this.#failuresOfUnknown.of(ALL_UNKNOWN), MAX_FAILURES_OF_UNKNOWN)
    );
  }

  /** The visitor is a stranger no more: gone, or let in. */
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

  /** So many are free; those beyond cost the master as much as attempts that fail. */
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
