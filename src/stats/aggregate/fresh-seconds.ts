import { NameTotals } from '../interval/name-totals.ts';

/** Less than the seconds that the timeline keeps open: an older one would be closed before it had its figures. */
const MAX_SPREAD_SECONDS = 25;
/** Sums of a name in a second, about 10 kB each, that are held before somebody must take them. */
const MAX_SUMS = 4096;
/** Sums that are kept to be used again: of some seconds with few names, or one with many. */
const KEPT_SUMS = 1024;

/** The sums of one second by `Name`: any object that stands for a name, always the same one. */
class FreshNames<Name> {
  readonly second: number;
  readonly sums = new Map<Name, NameTotals>();
  readonly #pool: NameTotals[];

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
}

/**
 * What workers measured, by second and name, until somebody takes it. Of the last seconds alone, and
 * with sums that are used again, so memory is bounded and next to nothing is allocated.
 */
export class FreshSeconds<Name> {
  #seconds: FreshNames<Name>[] = [];
  readonly #pool: NameTotals[] = [];

  /** Whether another interval of this second may come in; else take what there is first. */
  hasRoomFor(second: number): boolean {
    let sums = 0;
    for (const other of this.#seconds) {
      if (Math.abs(other.second - second) > MAX_SPREAD_SECONDS) return false;
      sums += other.sums.size;
    }
    return sums <= MAX_SUMS;
  }

  /** The sums of a second that there is room for. */
  namesOf(second: number): { of(name: Name): NameTotals } {
    let names = this.#seconds.find((other) => other.second === second);
    if (names === undefined) {
      names = new FreshNames(second, this.#pool);
      this.#seconds.push(names);
    }
    return names;
  }

  /** Gives away everything, seconds ascending; the sums are cleared after `visit` has seen them. */
  take(visit: (second: number, names: ReadonlyMap<Name, NameTotals>) => void): void {
    const taken = this.#seconds.sort((a, b) => a.second - b.second);
    this.#seconds = [];
    for (const { second, sums } of taken) {
      visit(second, sums);
      for (const each of sums.values()) {
        if (this.#pool.length >= KEPT_SUMS) break;
        each.clear();
        this.#pool.push(each);
      }
    }
  }
}
