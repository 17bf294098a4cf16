import { assert } from '../base/errors.ts';

/** Nobody sits here. Numbers >= 0 are the places of users that this placement may still move. */
const FREE = -1;
/** A user sits here that may not be moved. */
const TAKEN = -2;

/** Bounds the search near users that may not move; where all may move, the first try succeeds. */
const MAX_TRIES = 256;

/** The rows of all users, or of one class, filled from the lowest. */
interface Ladder {
  /** For each worker, below which rank its seats are taken for good. */
  readonly taken: number[];
  /** Rank and number of the row that is being filled. */
  rank: number;
  row: number;
  /** Free seats in that row. */
  free: number;
}

/**
 * Puts users on workers such that the totals, and the users of each class, stay as even as can be.
 *
 * Picture rows of seats, one seat a worker. Row L of all users seats each worker's L-th user, row L
 * of a class each worker's L-th user of that class. Every user sits in a row of all users and in a row
 * of its class, at the same worker in both, and a row begins when the one below is full. So totals
 * differ by one at most after every placement, and so do the users of each class.
 *
 * Rows are nodes, users edges, workers colours: an edge colouring of a bipartite graph of degree at
 * most W, for which W colours suffice. Where no worker is free in both rows, swapping two workers along
 * an alternating path makes one free. Choosing greedily instead drifts without bound: weights 1,2,1
 * on 2 workers show it.
 *
 * Users that were there before keep their seats, and then there may be no seat that is free in both
 * rows. In that case the totals come first, and the class may be off by one more.
 */
export class BalancedPlacement {
  readonly #workerCount: number;
  readonly #all: Ladder;
  readonly #byClass = new Map<number, Ladder>();
  readonly #heldOf: (classIndex: number) => readonly number[];
  /** `row * workerCount + worker`: FREE, TAKEN or the place of the user who sits there. */
  #seats: Int32Array;
  #rowCount = 0;
  /** For each place: its row of all users, its row of its class, its worker. */
  readonly #allRows: number[] = [];
  readonly #classRows: number[] = [];
  readonly #workers: number[] = [];

  /**
   * @param workerCount - Whole number >= 1.
   * @param totals - Users that each worker has already; missing means 0.
   * @param heldOf - Users of one class that each worker has already; those of all classes add up to `totals`.
   */
  constructor(
    workerCount: number,
    totals: readonly number[] = [],
    heldOf: (classIndex: number) => readonly number[] = () => [],
  ) {
    assert(Number.isInteger(workerCount) && workerCount >= 1, 'a placement needs a worker');
    this.#workerCount = workerCount;
    this.#heldOf = heldOf;
    this.#seats = new Int32Array(16 * workerCount);
    this.#all = this.#newLadder(totals);
  }

  /** Adds a user of a class. Later placements may still change its worker. */
  place(classIndex: number): void {
    const all = this.#all;
    const group = this.#ladderOf(classIndex);
    this.#openRow(all);
    this.#openRow(group);
    const worker = this.#commonFree(all.row, group.row) ?? this.#madeFree(all.row, group.row);
    all.free -= 1;
    if (worker === undefined) {
      this.#placeAgainstClass(all, group);
      return;
    }
    group.free -= 1;
    const place = this.#workers.length;
    this.#record(all.row, group.row, worker);
    this.#sit(place, worker);
  }

  /** The worker index of each placed user, in the order of the calls. */
  result(): readonly number[] {
    return this.#workers;
  }

  #newLadder(held: readonly number[]): Ladder {
    const taken = Array.from({ length: this.#workerCount }, (_, worker) => held[worker] ?? 0);
    const lowest = taken.reduce((low, count) => Math.min(low, count));
    return { taken, rank: lowest - 1, row: -1, free: 0 };
  }

  #ladderOf(classIndex: number): Ladder {
    let ladder = this.#byClass.get(classIndex);
    if (ladder === undefined) {
      ladder = this.#newLadder(this.#heldOf(classIndex));
      this.#byClass.set(classIndex, ladder);
    }
    return ladder;
  }

  /** Goes on to the next row that has a free seat, unless the present one has. */
  #openRow(ladder: Ladder): void {
    while (ladder.free === 0) {
      ladder.rank += 1;
      ladder.row = this.#newRow();
      const from = ladder.row * this.#workerCount;
      for (const [worker, taken] of ladder.taken.entries()) {
        this.#seats[from + worker] = taken > ladder.rank ? TAKEN : FREE;
        if (taken <= ladder.rank) ladder.free += 1;
      }
    }
  }

  #newRow(): number {
    const row = this.#rowCount;
    this.#rowCount += 1;
    if (this.#rowCount * this.#workerCount > this.#seats.length) {
      const grown = new Int32Array(2 * this.#seats.length);
      grown.set(this.#seats);
      this.#seats = grown;
    }
    return row;
  }

  #commonFree(allRow: number, classRow: number): number | undefined {
    const inAll = allRow * this.#workerCount;
    const inClass = classRow * this.#workerCount;
    for (let worker = 0; worker < this.#workerCount; worker += 1) {
      if (this.#seats[inAll + worker] === FREE && this.#seats[inClass + worker] === FREE) {
        return worker;
      }
    }
    return undefined;
  }

  /** A worker that is free in both rows once users placed earlier have changed seats. */
  #madeFree(allRow: number, classRow: number): number | undefined {
    let triesLeft = MAX_TRIES;
    for (let ofAll = 0; ofAll < this.#workerCount; ofAll += 1) {
      if (this.#seats[allRow * this.#workerCount + ofAll] !== FREE) continue;
      for (let ofClass = 0; ofClass < this.#workerCount; ofClass += 1) {
        if (this.#seats[classRow * this.#workerCount + ofClass] !== FREE) continue;
        if (this.#swapAlong(classRow, ofAll, ofClass)) return ofAll;
        if (this.#swapAlong(allRow, ofClass, ofAll)) return ofClass;
        triesLeft -= 1;
        if (triesLeft === 0) return undefined;
      }
    }
    return undefined;
  }

  /**
   * Frees `worker` in `row`: the user who sits there moves to `other`, which is free in this row; the
   * user who sits at `other` in the first user's second row moves to `worker`, and so on. The path never
   * comes back to a row, as a row holds each worker once. Changes nothing where a user on the path may
   * not move.
   */
  #swapAlong(row: number, worker: number, other: number): boolean {
    const path: number[] = [];
    let atRow = row;
    let atWorker = worker;
    for (;;) {
      const place = this.#seats[atRow * this.#workerCount + atWorker] ?? FREE;
      if (place === TAKEN) return false;
      if (place === FREE) break;
      path.push(place);
      atRow = (this.#allRows[place] ?? 0) + (this.#classRows[place] ?? 0) - atRow;
      atWorker = atWorker === worker ? other : worker;
    }
    // All users leave their seats before any takes a new one: neighbours on the path change seats with each
    // other.
    for (const place of path) this.#setSeats(place, FREE);
    for (const place of path) this.#sit(place, this.#workers[place] === worker ? other : worker);
    return true;
  }

  #sit(place: number, worker: number): void {
    this.#workers[place] = worker;
    this.#setSeats(place, place);
  }

  #setSeats(place: number, value: number): void {
    const worker = this.#workers[place] ?? 0;
    this.#seats[(this.#allRows[place] ?? 0) * this.#workerCount + worker] = value;
    this.#seats[(this.#classRows[place] ?? 0) * this.#workerCount + worker] = value;
  }

  #record(allRow: number, classRow: number, worker: number): void {
    this.#allRows.push(allRow);
    this.#classRows.push(classRow);
    this.#workers.push(worker);
  }

  /** Keeps the totals even, and takes the seat in a higher row of the class that is least far off. */
  #placeAgainstClass(all: Ladder, group: Ladder): void {
    const inAll = all.row * this.#workerCount;
    let chosen = -1;
    let lowest = Number.POSITIVE_INFINITY;
    for (const [worker, taken] of group.taken.entries()) {
      if (this.#seats[inAll + worker] !== FREE) continue;
      const rank = Math.max(taken, group.rank + 1);
      if (rank < lowest) {
        lowest = rank;
        chosen = worker;
      }
    }
    assert(chosen >= 0, 'an open row has a free seat');
    group.taken[chosen] = lowest + 1;
    this.#seats[inAll + chosen] = TAKEN;
    this.#record(all.row, group.row, chosen);
  }
}
