import { NameTotals } from '../interval/name-totals.ts';

/**
 * Seconds from the oldest to the newest that are held: fewer than the timeline keeps open, so that each gets
 * its figures before it is closed.
 */
const MAX_SPREAD_SECONDS = 25;
/** At most so many sums (one name in one second, about 10 kB) are held; then they must be taken. */
const MAX_SUMS = 4096;
/** Empty sums kept for use again: enough for some seconds with few names, or for one second with many. */
const KEPT_SUMS = 2048;

/** The sums of one second by `Name`: any object that stands for a name, always the same one. */
export class FreshNames<Name> {
  readonly second: number;
  readonly sums: Map<Name, NameTotals> = new Map();
  readonly #pool: NameTotals[];

  /** @param pool - Empty sums to be used again; see `FreshSeconds.begin`. */
  constructor(second: number, pool: NameTotals[]) {
    this.second = second;
    this.#pool = pool;
  }

  /** The sums of a name. */
  of(name: Name): NameTotals {
    let sums = this.sums.get(name);
    if (sums === undefined) {
      sums = this.#pool.pop() ?? new NameTotals('', '');
      this.sums.set(name, sums);
    }
    return sums;
  }

  /** Adds the sums of `other`, which must not be used afterwards. */
  absorb(other: FreshNames<Name>): void {
    for (const [name, sums] of other.sums) {
      const own = this.sums.get(name);
      if (own === undefined) {
        this.sums.set(name, sums);
      } else {
        own.add(sums);
        this.#giveBack(sums);
      }
    }
  }

  /** Gives the sums back to be used again. */
  recycle(): void {
    for (const sums of this.sums.values()) this.#giveBack(sums);
    this.sums.clear();
  }

  #giveBack(sums: NameTotals): void {
    if (this.#pool.length >= KEPT_SUMS) return;
    sums.clear();
    this.#pool.push(sums);
  }
}

/**
 * What workers measured, by second and name, until it is taken. It holds the last seconds
 * alone, and its sums are used again, so memory is bounded and next to nothing is allocated.
 */
export class FreshSeconds<Name> {
  #seconds: FreshNames<Name>[] = [];
  readonly #pool: NameTotals[] = [];

  /** Whether more of this second may come in; where not, take what there is first. */
  hasRoomFor(second: number): boolean {
    let sums = 0;
    for (const other of this.#seconds) {
      if (Math.abs(other.second - second) > MAX_SPREAD_SECONDS) return false;
      sums += other.sums.size;
    }
    return sums <= MAX_SUMS;
  }

  /** Sums of a second that belong to the caller, until they come in with `add`. */
  begin(second: number): FreshNames<Name> {
    return new FreshNames(second, this.#pool);
  }

  /** Takes in sums that were made with `begin`; the caller must not use them any more. */
  add(names: FreshNames<Name>): void {
    const known = this.#seconds.find(({ second }) => second === names.second);
    if (known === undefined) this.#seconds.push(names);
    else known.absorb(names);
  }

  /** Gives away everything, seconds ascending; the sums are cleared after `visit` has seen them. */
  take(visit: (second: number, names: ReadonlyMap<Name, NameTotals>) => void): void {
    const taken = this.#seconds.sort((a, b) => a.second - b.second);
    this.#seconds = [];
    for (const names of taken) {
      visit(names.second, names.sums);
      names.recycle();
    }
  }
}
