import { BalancedPlacement } from './balanced-placement.ts';
import { FleetLoad, type PlacedUser, type WorkerUser } from './fleet-load.ts';
import type { WantedUsers } from './wanted-users.ts';

/** What a re-cut starts from. */
export interface RecutInput {
  /**
   * The worker that each user is on, by user number. A user that is missing or `undefined` is not
   * running. A worker that is not among `workers` is dead, and its users with it.
   */
  readonly holdings: ReadonlyMap<number, string | undefined>;
  /** The users that are to run. */
  readonly wanted: WantedUsers;
  /** Ids of the workers alive, without repetition. The order decides ties, so keep it stable. */
  readonly workers: readonly string[];
  /** The class of a user; `undefined` for one that is not to be started, as after `StopUser`. */
  readonly classOf: (user: number) => number | undefined;
  /** Whether users that run well may be moved to even out the totals. */
  readonly rebalance: boolean;
}

/** A user and the worker that starts or stops it. */
export interface UserOnWorker {
  readonly user: number;
  readonly worker: string;
}

/** A user that ends on one living worker and starts anew on another. */
export interface UserMove {
  readonly user: number;
  readonly from: string;
  readonly to: string;
}

/** The changes that lead from the users that run to those that should run. No user is in two of the lists. */
export interface Recut {
  /** Newest (highest number) first. Users of dead workers are not in it: they have stopped with their worker. */
  readonly stops: readonly UserOnWorker[];
  /** By ascending number. Includes the users that dead workers held. */
  readonly starts: readonly UserOnWorker[];
  /** By ascending number. */
  readonly moves: readonly UserMove[];
}

/**
 * The fewest changes that make the wanted users run on the living workers.
 *
 * Users that are not wanted stop; missing ones, and those of dead workers, start on the least loaded workers.
 * No other user is touched, unless `rebalance` is set and a worker would have two users or more above
 * another: then as few move as bring all totals within one. Which users move, and to which of several equally
 * loaded workers, is chosen so that each class stays as even as can be.
 *
 * Pure and deterministic; after applying it, a second re-cut is empty. Where nobody runs yet, it gives the
 * workers of `assignWorkers`. With no worker alive nothing can start and all lists are empty.
 *
 * @param input - Not changed.
 */
export function recut(input: RecutInput): Recut {
  const { wanted, workers, classOf } = input;
  if (workers.length === 0) return { stops: [], starts: [], moves: [] };
  const { staying, stopping, living } = sortHoldings(input);
  const fleet = new FleetLoad(workers.length);
  for (const held of staying) fleet.hold(held);
  const missing = missingUsers(wanted, living, classOf);
  const movers = input.rebalance ? fleet.takeSurplus(missing) : [];

  // Users that move are placed first: they run already, whereas the missing ones start one after the other.
  const placement = new BalancedPlacement(workers.length, fleet.totals, (index) =>
    fleet.ofClass(index),
  );
  for (const { classIndex } of movers) placement.place(classIndex);
  for (const { classIndex } of missing) placement.place(classIndex);
  const placed = placement.result().map((index) => workers[index] ?? '');
  const idOf = (index: number): string => workers[index] ?? '';
  return {
    stops: stopping.map(({ user, workerIndex }) => ({ user, worker: idOf(workerIndex) })),
    starts: missing.map(({ user }, index) => ({
      user,
      worker: placed[movers.length + index] ?? '',
    })),
    moves: movers.map(({ user, workerIndex }, index) => ({
      user,
      from: idOf(workerIndex),
      to: placed[index] ?? '',
    })),
  };
}

interface SortedHoldings {
  readonly staying: readonly WorkerUser[];
  /** Newest first. */
  readonly stopping: readonly WorkerUser[];
  /** The numbers of the users in both lists. */
  readonly living: ReadonlySet<number>;
}

function sortHoldings({ holdings, wanted, workers, classOf }: RecutInput): SortedHoldings {
  const indexOf = new Map(workers.map((id, index) => [id, index]));
  const staying: WorkerUser[] = [];
  const stopping: WorkerUser[] = [];
  const living = new Set<number>();
  for (const [user, worker] of holdings) {
    const workerIndex = worker === undefined ? undefined : indexOf.get(worker);
    if (workerIndex === undefined) continue;
    living.add(user);
    const held = { user, workerIndex, classIndex: classOf(user) };
    (wanted.has(user) ? staying : stopping).push(held);
  }
  stopping.sort((a, b) => b.user - a.user);
  return { staying, stopping, living };
}

function missingUsers(
  wanted: WantedUsers,
  living: ReadonlySet<number>,
  classOf: (user: number) => number | undefined,
): PlacedUser[] {
  const missing: PlacedUser[] = [];
  for (let user = 0; user < wanted.end; user += 1) {
    if (living.has(user) || !wanted.has(user)) continue;
    const classIndex = classOf(user);
    if (classIndex !== undefined) missing.push({ user, classIndex });
  }
  return missing;
}
