import type { Clock } from '../../base/clock.ts';
import { isLoopback } from '../../protocol/channel/loopback.ts';
import { networkOf } from './network-of.ts';

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
/** Addresses that are remembered, of those that fail and of those that do not. */
const MAX_ADDRESSES = 10_000;
const SECOND_US = 1_000_000;

/** Somebody who is connected and has not proven anything. */
export interface Visit {
  readonly network: string;
  /** Of this machine. */
  readonly isLocal: boolean;
  /** Hangs up: others need the place. */
  readonly evict: () => void;
}

/** What became of a visit: it counts as a failed attempt, or does not, or the visitor was let in. */
export type VisitEnd = 'failed' | 'harmless' | 'proven';

/** Failures in the second that runs and in the one before. */
interface Failures {
  readonly second: number;
  readonly before: number;
  readonly count: number;
}

/**
 * Counts those who have not proven anything, so that they can fill neither memory nor processor, nor keep
 * out those who can. Places go to newcomers, since whoever knows the secret needs one for a moment only,
 * and those who sit on theirs lose it. Of too many attempts some are drawn by lot, so that a flood from the
 * address of a worker (the same machine, the same NAT) does not lock that out.
 */
export class StrangerLimits {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** In the order of coming; of all, and of each network. */
  readonly #visits = new Set<Visit>();
  readonly #present = new Map<string, Set<Visit>>();
  readonly #failures = new Map<string, Failures>();
  readonly #known = new Set<string>();
  #failuresOfUnknown: Failures = { second: 0, before: 0, count: 0 };

  /** @param random - Uniform in [0, 1). */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
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
      return this.#draw(this.#failuresOf(network), MAX_FAILURES_OF_KNOWN);
    }
    return (
      this.#draw(this.#failuresOf(network), MAX_FAILURES) &&
      this.#draw(this.#sinceThen(this.#failuresOfUnknown), MAX_FAILURES_OF_UNKNOWN)
    );
  }

  /** The visitor is a stranger no more: gone, or let in. */
  leave(visit: Visit, end: VisitEnd): void {
    this.#remove(visit);
    if (end === 'failed') this.#fail(visit.network);
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

  #draw({ before, count }: Failures, limit: number): boolean {
    const failures = Math.max(before, count);
    return failures < limit || this.#random() < limit / (failures + 1);
  }

  #fail(network: string): void {
    const failures = this.#failuresOf(network);
    // Set anew, so that the oldest stay in front.
    this.#failures.delete(network);
    this.#failures.set(network, { ...failures, count: failures.count + 1 });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
    if (this.#known.has(network)) return;
    const all = this.#sinceThen(this.#failuresOfUnknown);
    this.#failuresOfUnknown = { ...all, count: all.count + 1 };
  }

  #failuresOf(network: string): Failures {
    return this.#sinceThen(this.#failures.get(network));
  }

  /** What counts of failures by now. */
  #sinceThen(failures: Failures | undefined): Failures {
    const second = Math.floor(this.#clock.nowUs() / SECOND_US);
    if (failures?.second === second) return failures;
    const before = failures?.second === second - 1 ? failures.count : 0;
    return { second, before, count: 0 };
  }
}

function remember(known: Set<string>, network: string): void {
  known.delete(network);
  known.add(network);
  const [oldest] = known;
  if (known.size > MAX_ADDRESSES && oldest !== undefined) known.delete(oldest);
}
