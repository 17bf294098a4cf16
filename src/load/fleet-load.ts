/** A user that runs on a living worker. */
export interface WorkerUser {
  readonly user: number;
  readonly workerIndex: number;
  /** `undefined` for a user that must not be started anew, and so cannot be moved. */
  readonly classIndex: number | undefined;
}

/** A user that is to be placed on a worker. */
export interface PlacedUser {
  readonly user: number;
  readonly classIndex: number;
}

/** Which users run on which workers, in all and by class, while a re-cut is made. */
export class FleetLoad {
  /** Users on each worker. */
  readonly totals: number[];
  readonly #byClass = new Map<number, number[]>();
  readonly #movable: WorkerUser[] = [];

  /** @param workerCount - Whole number >= 1. */
  constructor(workerCount: number) {
    this.totals = new Array<number>(workerCount).fill(0);
  }

  /** Enters a user that stays where it is unless `takeSurplus` takes it. */
  hold(held: WorkerUser): void {
    this.#count(held, 1);
    if (held.classIndex !== undefined) this.#movable.push(held);
  }

  /** Users of one class on each worker. */
  ofClass(classIndex: number): number[] {
    let counts = this.#byClass.get(classIndex);
    if (counts === undefined) {
      counts = this.totals.map(() => 0);
      this.#byClass.set(classIndex, counts);
    }
    return counts;
  }

  /**
   * Takes users off their workers: as few as make all totals end within one of each other once these
   * users and the `missing` ones are placed. From each worker it takes the newest users of the classes
   * that the other workers lack most.
   *
   * @returns The users taken, by ascending number, with the workers that they leave.
   */
  takeSurplus(missing: readonly PlacedUser[]): (WorkerUser & PlacedUser)[] {
    const surplus = this.#surplus(missing.length);
    if (surplus.size === 0) return [];
    const pool = this.#receivers(missing, surplus);
    const candidates = this.#candidates(surplus);
    const taken: (WorkerUser & PlacedUser)[] = [];
    // One user of each worker in turn: the first workers must not give all users of a class that others lack.
    while (surplus.size > 0) {
      for (const [workerIndex, count] of surplus) {
        const mover = this.#takeOne(workerIndex, candidates.get(workerIndex), pool);
        if (mover !== undefined) taken.push(mover);
        if (mover === undefined || count === 1) surplus.delete(workerIndex);
        else surplus.set(workerIndex, count - 1);
      }
    }
    return taken.sort((a, b) => a.user - b.user);
  }

  #takeOne(
    workerIndex: number,
    byClass: ReadonlyMap<number, number[]> | undefined,
    pool: Pool,
  ): (WorkerUser & PlacedUser) | undefined {
    const classIndex = byClass && this.#mostWanted(workerIndex, byClass, pool);
    const user = classIndex === undefined ? undefined : byClass?.get(classIndex)?.pop();
    if (classIndex === undefined || user === undefined) return undefined;
    const mover = { user, workerIndex, classIndex };
    this.#count(mover, -1);
    pool.counts.set(classIndex, (pool.counts.get(classIndex) ?? 0) + 1);
    return mover;
  }

  #count({ workerIndex, classIndex }: WorkerUser, change: 1 | -1): void {
    this.totals[workerIndex] = (this.totals[workerIndex] ?? 0) + change;
    if (classIndex === undefined) return;
    const counts = this.ofClass(classIndex);
    counts[workerIndex] = (counts[workerIndex] ?? 0) + change;
  }

  /** How many users each overloaded worker must give, by worker index. */
  #surplus(missingCount: number): Map<number, number> {
    const total = this.totals.reduce((sum, count) => sum + count, missingCount);
    const floor = Math.floor(total / this.totals.length);
    // So many workers end with one user more. These are the fullest ones, since that moves the fewest users.
    let roomier = total % this.totals.length;
    const surplus = new Map<number, number>();
    const byLoad = [...this.totals.entries()].sort(([, a], [, b]) => b - a);
    for (const [workerIndex, count] of byLoad) {
      if (count <= floor) break;
      const quota = roomier > 0 ? floor + 1 : floor;
      roomier -= 1;
      if (count > quota) surplus.set(workerIndex, count - quota);
    }
    return surplus;
  }

  /** What the workers that give nothing will have of each class, together. */
  #receivers(missing: readonly PlacedUser[], surplus: ReadonlyMap<number, number>): Pool {
    const counts = new Map<number, number>();
    for (const [classIndex, held] of this.#byClass) {
      const sum = held.reduce((all, count, worker) => all + (surplus.has(worker) ? 0 : count), 0);
      counts.set(classIndex, sum);
    }
    for (const { classIndex } of missing) {
      counts.set(classIndex, (counts.get(classIndex) ?? 0) + 1);
    }
    return { counts, workerCount: this.totals.length - surplus.size };
  }

  /** The movable users of the overloaded workers, by worker and class, newest last. */
  #candidates(surplus: ReadonlyMap<number, number>): Map<number, Map<number, number[]>> {
    const candidates = new Map<number, Map<number, number[]>>();
    for (const { user, workerIndex, classIndex } of this.#movable) {
      if (classIndex === undefined || !surplus.has(workerIndex)) continue;
      const byClass = candidates.get(workerIndex) ?? new Map<number, number[]>();
      candidates.set(workerIndex, byClass);
      const users = byClass.get(classIndex) ?? [];
      byClass.set(classIndex, users);
      users.push(user);
    }
    for (const byClass of candidates.values()) {
      for (const users of byClass.values()) users.sort((a, b) => a - b);
    }
    return candidates;
  }

  /** The class with the largest surplus on this worker over what a receiver has of it on average. */
  #mostWanted(
    workerIndex: number,
    byClass: ReadonlyMap<number, readonly number[]>,
    pool: Pool,
  ): number | undefined {
    let wanted: number | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    for (const [classIndex, users] of byClass) {
      if (users.length === 0) continue;
      const own = this.#byClass.get(classIndex)?.[workerIndex] ?? 0;
      const above = own - (pool.counts.get(classIndex) ?? 0) / pool.workerCount;
      const wins = above > highest || (above === highest && classIndex < (wanted ?? 0));
      if (!wins) continue;
      highest = above;
      wanted = classIndex;
    }
    return wanted;
  }
}

interface Pool {
  readonly counts: Map<number, number>;
  readonly workerCount: number;
}
