import { assert } from '../../base/errors.ts';
import type { IterationShares } from '../../load/iteration-shares.ts';
import { NEVER } from '../../load/pacing.ts';
import type { Plan } from '../../load/plan.ts';
import { recut, type UserMove } from '../../load/recut.ts';
import type { ClassSequence } from '../../load/user-classes.ts';
import type { LoadLevel } from '../../load/wanted-users.ts';
import type {
  HeldUser,
  SpentUser,
  UserEndReason,
} from '../../protocol/messages/worker-messages.ts';
import { OrderSheet, type OrderSink } from './order-sheet.ts';
import { type DispatchProgress, UserBook } from './user-book.ts';
import { ORDER_LEAD_MS, UserPacing } from './user-pacing.ts';
import type { UserSlot } from './user-slot.ts';

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly sequence: ClassSequence;
  /** Whether a worker that joins takes over users of the others. */
  readonly rebalance: boolean;
  readonly orders: OrderSink;
}

/**
 * Decides which worker runs which user, and when: the plan at the start, a re-cut with the fewest
 * moves at every change. Knows no sockets and no clock; `nowMs` is milliseconds since the run's start.
 *
 * A user has at most one holder. One that must change its worker, or come back after a stop, is
 * started again only when its end was reported, or when its holder was given up for lost.
 */
export class Dispatcher {
  readonly #rebalance: boolean;
  readonly #book: UserBook;
  readonly #pacing = new UserPacing();
  readonly #orders: OrderSheet;
  readonly #workers: string[] = [];
  /** A user has ended that is wanted still. */
  #hasGap = false;
  /** Workers of a run that was resumed are still to say what they have. */
  #isAdopting = false;

  constructor({ sequence, rebalance, orders }: DispatcherOptions) {
    this.#rebalance = rebalance;
    this.#book = new UserBook(sequence);
    this.#orders = new OrderSheet(orders);
  }

  /** Users asked for. */
  get target(): number {
    return this.#book.wanted.level.users;
  }

  /** Users started (or stopped) per second. */
  get spawnRate(): number {
    return this.#pacing.ratePerSecond;
  }

  /** How many users a worker has or is to start. */
  heldBy(workerId: string): number {
    return this.#book.heldBy(workerId).length;
  }

  /** Whether every user that is wanted has ended by itself, so that none will run any more. */
  get isExhausted(): boolean {
    return this.#book.isExhausted;
  }

  /** Whether the run has a number of iterations, and all were made. */
  get areIterationsMade(): boolean {
    return this.#book.areIterationsMade;
  }

  /**
   * Begins with a plan, whose worker `i` is `workerIds[i]`: each user is due exactly when it says.
   *
   * @param shares - How many iterations each user makes; a user without any is never started.
   */
  begin(plan: Plan, workerIds: readonly string[], shares?: IterationShares): void {
    this.#follow(plan, shares);
    this.#workers.push(...workerIds);
    for (const start of plan.starts) {
      const slot = this.#book.slotOf(start.user);
      const holder = workerIds[start.workerIndex];
      assert(slot !== undefined && holder !== undefined, 'a plan names known users and workers');
      if (!slot.isRetired) this.#give(slot, holder, start.atSeconds * 1000);
    }
    this.#orders.flush();
  }

  /**
   * Begins with a run that another dispatcher began. Nothing is ordered before `endAdoption`, since the
   * workers are still to say which users and orders they have.
   *
   * @param plan - Says when each user was due at first; without starts where the load was changed since.
   */
  resume(plan: Plan, nowMs: number, shares?: IterationShares): void {
    this.#isAdopting = true;
    this.#follow(plan, shares);
    for (const { user, atSeconds } of plan.starts) {
      const slot = this.#book.slotOf(user);
      if (slot === undefined) continue;
      slot.startsAtMs = atSeconds * 1000;
      // A worker that never comes back may have had the user.
      slot.wasOrdered = slot.startsAtMs <= nowMs;
    }
  }

  /**
   * Takes up what a worker says that it holds.
   *
   * @param takesUsers - Whether it may be given further ones.
   */
  adopt(
    workerId: string,
    { held, spent }: { readonly held: readonly HeldUser[]; readonly spent: readonly SpentUser[] },
    takesUsers: boolean,
    nowMs: number,
  ): void {
    if (takesUsers && !this.#workers.includes(workerId)) this.#workers.push(workerId);
    for (const each of spent) this.#book.noteSpent(each);
    for (const each of held) this.#adoptUser(workerId, each, takesUsers, nowMs);
    if (!this.#isAdopting) this.#cut(nowMs, false);
  }

  /** No more workers are to come back: users that nobody holds are started again. */
  endAdoption(nowMs: number): void {
    if (!this.#isAdopting) return;
    this.#isAdopting = false;
    this.#cut(nowMs, false);
    this.#orders.flush();
  }

  /** A worker may be given users from now on. */
  addWorker(workerId: string, nowMs: number): void {
    if (this.#workers.includes(workerId)) return;
    this.#workers.push(workerId);
    this.#cut(nowMs, this.#rebalance);
  }

  /**
   * A worker takes no more users.
   *
   * @param isGone - Whether it was given up for lost: then its users are free at once. Else it starts no
   *   more users, ends those that run, and reports each.
   */
  removeWorker(workerId: string, isGone: boolean, nowMs: number): void {
    const index = this.#workers.indexOf(workerId);
    if (index >= 0) this.#workers.splice(index, 1);
    for (const slot of this.#book.heldBy(workerId)) {
      if (isGone || slot.startsAtMs > nowMs + ORDER_LEAD_MS) {
        this.#free(slot, nowMs);
      } else {
        slot.movesTo = undefined;
        slot.stopsAtMs = nowMs;
        slot.isStopPaced = false;
      }
    }
    this.#cut(nowMs, false);
  }

  /** Users that are started from now on are of these classes; those that run, or only move, keep theirs. */
  switchTo(sequence: ClassSequence): void {
    this.#book.switchTo(sequence);
  }

  /** Heads for a level at `ratePerSecond`. Users that are due to start later keep their worker. */
  setTarget(level: LoadLevel, ratePerSecond: number, nowMs: number): void {
    assert(ratePerSecond > 0, 'the spawn rate is above 0');
    this.#book.headFor(level);
    if (ratePerSecond !== this.#pacing.ratePerSecond) {
      this.#pacing.ratePerSecond = ratePerSecond;
      this.#retime(nowMs);
    }
    this.#cut(nowMs, false);
  }

  /**
   * A worker reports that a user has ended.
   *
   * @param iterations - Those that the user made since this start. Nobody knows how many the users of a
   *   lost worker made; they are made again, so that none is missing.
   */
  ended(
    workerId: string,
    user: number,
    incarnation: number,
    reason: UserEndReason,
    nowMs: number,
    iterations = 0,
  ): void {
    const slot = this.#book.known(user);
    // A late report of an earlier holder, or of an earlier start, says nothing about the present one.
    if (slot === undefined || slot.holder !== workerId || slot.incarnation !== incarnation) return;
    this.#free(slot, nowMs);
    if (reason === 'stop-user' || reason === 'start-failed') slot.isRetired = true;
    if (slot.iterationsLeft !== undefined) this.#book.noteIterations(slot, iterations);
    if (this.#book.isWanted(slot)) this.#hasGap = true;
  }

  /** Starts again what ended and is wanted still; to be called after a batch of reports. */
  settle(nowMs: number): void {
    if (this.#hasGap) this.#cut(nowMs, false);
  }

  /** How far the last change has come. */
  progress(nowMs: number): DispatchProgress {
    return this.#book.progress(nowMs);
  }

  #follow({ users, levels, spawnRate }: Plan, shares: IterationShares | undefined): void {
    this.#book.share(shares);
    this.#book.headFor({ users, ofClass: levels });
    this.#pacing.ratePerSecond = spawnRate;
  }

  #adoptUser(workerId: string, held: HeldUser, takesUsers: boolean, nowMs: number): void {
    const slot = this.#book.slotOf(held.user);
    if (slot === undefined) return;
    const { holder } = slot;
    if (holder !== undefined && slot.incarnation > held.incarnation) {
      // Another worker was given the user meanwhile, and the file does not say that this one was given up.
      this.#orders.stop(workerId, held, nowMs);
      return;
    }
    if (holder !== undefined) this.#orders.stop(holder, slot, nowMs);
    this.#book.holdAgain(slot, workerId, held, nowMs);
    if (!takesUsers) slot.stopsAtMs ??= nowMs;
  }

  #cut(nowMs: number, rebalance: boolean): void {
    if (this.#workers.length === 0 || this.#isAdopting) return;
    this.#hasGap = false;
    this.#keepWanted(nowMs);
    const changes = recut({
      holdings: this.#book.holdings(),
      wanted: this.#book.wanted,
      workers: this.#workers,
      classOf: (user) => this.#book.classToStart(user),
      rebalance,
    });
    this.#stopAll(changes.stops, nowMs);
    this.#stopAll(changes.moves, nowMs);
    this.#startAll(changes.starts, nowMs);
    this.#orders.flush();
  }

  /** Users that were told to stop later, and are wanted where they are after all, simply go on. */
  #keepWanted(nowMs: number): void {
    for (const slot of this.#book.slots()) {
      const { user, holder, stopsAtMs, movesTo } = slot;
      if (holder === undefined || stopsAtMs === undefined) continue;
      if (stopsAtMs <= nowMs + ORDER_LEAD_MS) continue;
      if (!this.#book.wanted.has(user) || !this.#workers.includes(holder)) continue;
      if (movesTo !== undefined && this.#workers.includes(movesTo)) continue;
      slot.movesTo = undefined;
      slot.stopsAtMs = undefined;
      this.#orders.start(holder, slot);
    }
  }

  /** Orders a start. */
  #give(slot: UserSlot, holder: string, atMs: number): void {
    this.#book.give(slot, holder, atMs);
    this.#orders.start(holder, slot);
  }

  /** No worker has the user any more. */
  #free(slot: UserSlot, nowMs: number): void {
    this.#pacing.noteStop(slot, nowMs);
    this.#book.free(slot);
  }

  #startAll(
    starts: readonly { readonly user: number; readonly worker: string }[],
    nowMs: number,
  ): void {
    const earliestMs = nowMs + ORDER_LEAD_MS;
    const pace = this.#pacing.startPace(this.#book.slots());
    for (const { user, worker } of starts) {
      const slot = this.#book.slotOf(user);
      // The user is moving already, and its destination has changed.
      if (slot === undefined || slot.holder !== undefined) continue;
      const isDue = slot.startsAtMs < earliestMs;
      this.#give(
        slot,
        worker,
        isDue ? pace.next(earliestMs, this.#pacing.stepMs) : slot.startsAtMs,
      );
    }
  }

  /** Stops users one after the other at the spawn rate; those that have not started, at once. */
  #stopAll(users: readonly ({ readonly user: number } | UserMove)[], nowMs: number): void {
    if (users.length === 0) return;
    const pace = this.#pacing.stopPace(this.#book.slots(), nowMs);
    for (const change of users) {
      const slot = this.#book.known(change.user);
      if (slot?.holder === undefined) continue;
      slot.movesTo = 'to' in change ? change.to : undefined;
      if (slot.stopsAtMs !== undefined) continue;
      slot.isStopPaced = slot.startsAtMs <= nowMs;
      slot.stopsAtMs = slot.isStopPaced ? pace.next(nowMs, this.#pacing.stepMs) : nowMs;
      // The start is called off: a user that is wanted again starts behind the users that are ahead of it by
      // then.
      if (!slot.isStopPaced && slot.movesTo === undefined) slot.startsAtMs = NEVER;
      this.#orders.stop(slot.holder, slot, slot.stopsAtMs);
    }
  }

  /** A new rate holds for everything that is not due yet. */
  #retime(nowMs: number): void {
    for (const slot of this.#pacing.retimeStarts(this.#book.slots(), nowMs)) {
      if (slot.holder === undefined || slot.stopsAtMs !== undefined) continue;
      this.#orders.start(slot.holder, slot);
    }
    for (const slot of this.#pacing.retimeStops(this.#book.slots(), nowMs)) {
      if (slot.holder === undefined || slot.stopsAtMs === undefined) continue;
      this.#orders.stop(slot.holder, slot, slot.stopsAtMs);
    }
  }
}
