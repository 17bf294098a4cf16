import { assert } from '../../base/errors.ts';
import type { IterationShares } from '../../load/iteration-shares.ts';
import type { Plan } from '../../load/plan.ts';
import { recut, type UserMove } from '../../load/recut.ts';
import type { ClassSequence } from '../../load/user-classes.ts';
import type { StartOrder, StopOrder } from '../../protocol/messages/master-messages.ts';
import type {
  HeldUser,
  SpentUser,
  UserEndReason,
} from '../../protocol/messages/worker-messages.ts';
import {
  createSlot,
  holdAgain,
  NEVER,
  noteSpent,
  startOrder,
  stopOrder,
  type UserSlot,
} from './user-slot.ts';

/** New orders reach the workers before they are due. */
const LEAD_MS = 50;
/** Orders for one worker. */
export interface WorkerOrders {
  readonly starts: StartOrder[];
  readonly stops: StopOrder[];
}

/** How far a change has come. */
export interface DispatchProgress {
  /** Users that ought to run once everything ordered is done; retired ones are not among them. */
  readonly wanted: number;
  /** Whether every order has become due and every user that had to end has ended. */
  readonly isSettled: boolean;
}

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly sequence: ClassSequence;
  /** Whether a worker that joins takes over users of the others. */
  readonly rebalance: boolean;
  readonly send: (workerId: string, orders: WorkerOrders) => void;
}

/**
 * Decides which worker runs which user, and when: the plan at the start, a re-cut with the fewest
 * moves at every change. Knows no sockets and no clock; `nowMs` is milliseconds since the run's start.
 *
 * A user has at most one holder. One that must change its worker, or come back after a stop, is
 * started again only when its end was reported, or when its holder was given up for lost. Starts keep
 * a distance of 1 / spawn rate from each other, and so do stops.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  #sequence: ClassSequence;
  readonly #slots = new Map<number, UserSlot>();
  readonly #workers: string[] = [];
  #held = 0;
  #target = 0;
  #ratePerSecond = 1;
  /** The last of the paced stops that is over. */
  #lastStopMs = NEVER;
  /** A user has ended that is wanted still. */
  #hasGap = false;
  /** Workers of a run that was resumed are still to say what they have. */
  #isAdopting = false;
  #shares: IterationShares | undefined;
  #iterationsMade = 0;
  #orders = new Map<string, WorkerOrders>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#sequence = options.sequence;
  }

  /** Users asked for. */
  get target(): number {
    return this.#target;
  }

  /** Users started (or stopped) per second. */
  get spawnRate(): number {
    return this.#ratePerSecond;
  }

  /** Workers that take users, in the order of joining. */
  get workers(): readonly string[] {
    return this.#workers;
  }

  /** How many users a worker has or is to start. */
  heldBy(workerId: string): number {
    let held = 0;
    for (const slot of this.#slots.values()) if (slot.holder === workerId) held += 1;
    return held;
  }

  /** Whether every user that is wanted has ended by itself, so that none will run any more. */
  get isExhausted(): boolean {
    if (this.#held > 0 || this.#target === 0 || this.#slots.size === 0) return false;
    for (const slot of this.#slots.values()) if (this.#isWanted(slot)) return false;
    return true;
  }

  /** Whether the run has a number of iterations, and all were made. */
  get areIterationsMade(): boolean {
    return this.#shares !== undefined && this.#iterationsMade >= this.#shares.total;
  }

  /**
   * Begins with a plan, whose worker `i` is `workerIds[i]`: user k is due exactly when it says.
   *
   * @param shares - How many iterations each user makes; a user without any is never started.
   */
  begin(plan: Plan, workerIds: readonly string[], shares?: IterationShares): void {
    this.#shares = shares;
    this.#workers.push(...workerIds);
    this.#target = plan.users;
    this.#ratePerSecond = plan.spawnRate;
    for (const start of plan.starts) {
      const slot = this.#slotOf(start.user);
      const holder = workerIds[start.workerIndex];
      assert(slot !== undefined && holder !== undefined, 'a plan names known users and workers');
      if (!slot.isRetired) this.#give(slot, holder, start.atSeconds * 1000);
    }
    this.#flush();
  }

  /**
   * Begins with a run that another dispatcher began: nothing is ordered before `endAdoption`, since the
   * workers have users and orders that are still to be told.
   *
   * @param plan - With what each user was due at first, as far as that holds; else without starts.
   */
  resume(plan: Plan, nowMs: number, shares?: IterationShares): void {
    this.#isAdopting = true;
    this.#shares = shares;
    this.#target = plan.users;
    this.#ratePerSecond = plan.spawnRate;
    for (const { user, atSeconds } of plan.starts) {
      const slot = this.#slotOf(user);
      if (slot === undefined) continue;
      slot.startsAtMs = atSeconds * 1000;
      // Somebody may have had it who will never tell.
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
    for (const each of spent) {
      const slot = this.#slotOf(each.user);
      if (slot === undefined) continue;
      noteSpent(slot, each);
      if (each.iterations !== undefined) this.#noteIterations(slot, each.iterations);
    }
    for (const each of held) this.#adoptUser(workerId, each, takesUsers, nowMs);
    if (!this.#isAdopting) this.#cut(nowMs, false);
  }

  /** Everybody who may come back has: users that nobody has are started again. */
  endAdoption(nowMs: number): void {
    if (!this.#isAdopting) return;
    this.#isAdopting = false;
    this.#cut(nowMs, false);
    this.#flush();
  }

  #adoptUser(workerId: string, held: HeldUser, takesUsers: boolean, nowMs: number): void {
    const slot = this.#slotOf(held.user);
    if (slot === undefined) return;
    const isOlder = slot.holder !== undefined && slot.incarnation > held.incarnation;
    if (isOlder) {
      // Given to another meanwhile, and the file does not say that its worker was given up.
      this.#ordersOf(workerId).stops.push(stopOrder(held, nowMs));
      return;
    }
    if (slot.holder === undefined) this.#held += 1;
    else this.#ordersOf(slot.holder).stops.push(stopOrder(slot, nowMs));
    holdAgain(slot, workerId, held, nowMs);
    if (!takesUsers) slot.stopsAtMs ??= nowMs;
  }

  /** A worker may be given users from now on. */
  addWorker(workerId: string, nowMs: number): void {
    if (this.#workers.includes(workerId)) return;
    this.#workers.push(workerId);
    this.#cut(nowMs, this.#options.rebalance);
  }

  /**
   * A worker takes no more users.
   *
   * @param isGone - Given up for lost: its users are free at once. Else it has stopped to start any,
   *   ends those that run and reports each.
   */
  removeWorker(workerId: string, isGone: boolean, nowMs: number): void {
    const index = this.#workers.indexOf(workerId);
    if (index >= 0) this.#workers.splice(index, 1);
    for (const slot of this.#slots.values()) {
      if (slot.holder !== workerId) continue;
      if (isGone || slot.startsAtMs > nowMs + LEAD_MS) {
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
    this.#sequence = sequence;
    for (const slot of this.#slots.values()) {
      if (slot.holder === undefined) this.#chooseClass(slot);
    }
  }

  /** Heads for `users` at `ratePerSecond`. Users that are due to start later keep their worker. */
  setTarget(users: number, ratePerSecond: number, nowMs: number): void {
    assert(ratePerSecond > 0, 'the spawn rate is above 0');
    const isNewRate = ratePerSecond !== this.#ratePerSecond;
    this.#target = users;
    this.#ratePerSecond = ratePerSecond;
    if (isNewRate) {
      this.#retimeStarts(nowMs);
      this.#retimeStops(nowMs);
    }
    this.#cut(nowMs, false);
  }

  /**
   * A worker reports that a user has ended.
   *
   * @param iterations - Those that it made since this start. What a lost worker's users had made nobody
   *   knows: they are made again, so that none is missing.
   */
  ended(
    workerId: string,
    user: number,
    incarnation: number,
    reason: UserEndReason,
    nowMs: number,
    iterations = 0,
  ): void {
    const slot = this.#slots.get(user);
    // A late report of an earlier holder, or of an earlier start, says nothing about the present one.
    if (slot === undefined || slot.holder !== workerId || slot.incarnation !== incarnation) return;
    this.#free(slot, nowMs);
    if (reason === 'stop-user' || reason === 'start-failed') slot.isRetired = true;
    if (slot.iterationsLeft !== undefined) this.#noteIterations(slot, iterations);
    if (this.#isWanted(slot)) this.#hasGap = true;
  }

  /** Starts again what ended and is wanted still; to be called after a batch of reports. */
  settle(nowMs: number): void {
    if (this.#hasGap) this.#cut(nowMs, false);
  }

  /** How far the last change has come. */
  progress(nowMs: number): DispatchProgress {
    let wanted = 0;
    let isSettled = true;
    for (const slot of this.#slots.values()) {
      const isHeld = slot.holder !== undefined;
      const isWanted = this.#isWanted(slot);
      if (isWanted) wanted += 1;
      if (isWanted ? !isHeld || slot.startsAtMs > nowMs : isHeld) isSettled = false;
      if (isHeld && slot.stopsAtMs !== undefined) isSettled = false;
    }
    return { wanted, isSettled };
  }

  #noteIterations(slot: UserSlot, made: number): void {
    this.#iterationsMade += made;
    slot.iterationsLeft = Math.max(0, (slot.iterationsLeft ?? 0) - made);
    if (slot.iterationsLeft === 0) slot.isRetired = true;
  }

  #isWanted(slot: UserSlot): boolean {
    return slot.user < this.#target && !slot.isRetired;
  }

  #cut(nowMs: number, rebalance: boolean): void {
    if (this.#workers.length === 0 || this.#isAdopting) return;
    this.#hasGap = false;
    this.#keepWanted(nowMs);
    const changes = recut({
      holdings: this.#holdings(),
      targetUsers: this.#target,
      workers: this.#workers,
      classOf: (user) => this.#classToStart(user),
      rebalance,
    });
    this.#stopAll(changes.stops, nowMs);
    this.#stopAll(changes.moves, nowMs);
    this.#startAll(changes.starts, nowMs);
    this.#flush();
  }

  /** Users that were told to stop later, and are wanted where they are after all, simply go on. */
  #keepWanted(nowMs: number): void {
    for (const slot of this.#slots.values()) {
      const { holder, stopsAtMs, movesTo } = slot;
      if (holder === undefined || stopsAtMs === undefined || stopsAtMs <= nowMs + LEAD_MS) continue;
      if (slot.user >= this.#target || !this.#workers.includes(holder)) continue;
      if (movesTo !== undefined && this.#workers.includes(movesTo)) continue;
      slot.movesTo = undefined;
      slot.stopsAtMs = undefined;
      this.#ordersOf(holder).starts.push(startOrder(slot));
    }
  }

  /** Where each user is to be counted; those on their way out for good count nowhere. */
  #holdings(): Map<number, string> {
    const holdings = new Map<number, string>();
    for (const slot of this.#slots.values()) {
      const place = slot.stopsAtMs === undefined ? slot.holder : slot.movesTo;
      if (place === undefined || slot.holder === undefined) continue;
      // One that stops already must not be told a second time.
      if (slot.stopsAtMs !== undefined && slot.user >= this.#target) continue;
      holdings.set(slot.user, place);
    }
    return holdings;
  }

  /** Class of a user that may be started or goes on; `undefined`: not to be started now. */
  #classToStart(user: number): number | undefined {
    const slot = this.#slotOf(user);
    if (slot === undefined || slot.isRetired) return undefined;
    // Held and leaving for good: its end must be reported first.
    if (slot.holder !== undefined && slot.stopsAtMs !== undefined && slot.movesTo === undefined) {
      return undefined;
    }
    return slot.classIndex;
  }

  #slotOf(user: number): UserSlot | undefined {
    const known = this.#slots.get(user);
    if (known !== undefined) return known;
    const classIndex = this.#sequence.classOf(user);
    if (classIndex === undefined) return undefined;
    const slot = createSlot(user, classIndex, this.#shares?.of(user));
    this.#slots.set(user, slot);
    return slot;
  }

  /** Orders a start. */
  #give(slot: UserSlot, holder: string, atMs: number): void {
    assert(slot.holder === undefined, 'a user has one holder');
    if (slot.wasOrdered) slot.incarnation += 1;
    slot.wasOrdered = true;
    slot.holder = holder;
    slot.startsAtMs = atMs;
    this.#held += 1;
    this.#ordersOf(holder).starts.push(startOrder(slot));
  }

  /** Nobody has it any more. */
  #free(slot: UserSlot, nowMs: number): void {
    this.#noteStop(slot, nowMs);
    slot.holder = undefined;
    slot.movesTo = undefined;
    slot.stopsAtMs = undefined;
    this.#held -= 1;
    this.#chooseClass(slot);
  }

  /** One that ran and is wanted no more may come back as another. */
  #chooseClass(slot: UserSlot): void {
    if (slot.user < this.#target) return;
    slot.classIndex = this.#sequence.classOf(slot.user) ?? slot.classIndex;
  }

  #startAll(
    starts: readonly { readonly user: number; readonly worker: string }[],
    nowMs: number,
  ): void {
    const stepMs = 1000 / this.#ratePerSecond;
    const earliestMs = nowMs + LEAD_MS;
    let lastMs = NEVER;
    for (const slot of this.#slots.values()) lastMs = Math.max(lastMs, slot.startsAtMs);
    for (const { user, worker } of starts) {
      const slot = this.#slotOf(user);
      // A move that is under way already, and whose destination has changed.
      if (slot === undefined || slot.holder !== undefined) continue;
      if (slot.startsAtMs < earliestMs) {
        lastMs = Math.max(earliestMs, lastMs + stepMs);
        this.#give(slot, worker, lastMs);
      } else {
        this.#give(slot, worker, slot.startsAtMs);
      }
    }
  }

  /** Stops users one after the other at the spawn rate; those that have not started, at once. */
  #stopAll(users: readonly ({ readonly user: number } | UserMove)[], nowMs: number): void {
    const stepMs = 1000 / this.#ratePerSecond;
    let nextMs = users.length === 0 ? nowMs : this.#nextStopMs(nowMs);
    for (const change of users) {
      const slot = this.#slots.get(change.user);
      if (slot?.holder === undefined) continue;
      slot.movesTo = 'to' in change ? change.to : undefined;
      if (slot.stopsAtMs !== undefined) continue;
      slot.isStopPaced = slot.startsAtMs <= nowMs;
      slot.stopsAtMs = slot.isStopPaced ? nextMs : nowMs;
      if (slot.isStopPaced) nextMs += stepMs;
      // Called off: should it be wanted again, then behind those that are by now ahead of it.
      else if (slot.movesTo === undefined) slot.startsAtMs = NEVER;
      this.#ordersOf(slot.holder).stops.push(stopOrder(slot, slot.stopsAtMs));
    }
  }

  /** When the next stop may be: one step after the last that is over or ordered. */
  #nextStopMs(nowMs: number): number {
    let lastMs = NEVER;
    for (const slot of this.#slots.values()) {
      this.#noteStop(slot, nowMs);
      if (slot.stopsAtMs !== undefined && slot.isStopPaced) {
        lastMs = Math.max(lastMs, slot.stopsAtMs);
      }
    }
    lastMs = Math.max(lastMs, this.#lastStopMs);
    return Math.max(nowMs, lastMs + 1000 / this.#ratePerSecond);
  }

  #noteStop({ stopsAtMs, isStopPaced }: UserSlot, nowMs: number): void {
    if (stopsAtMs === undefined || !isStopPaced || stopsAtMs > nowMs) return;
    this.#lastStopMs = Math.max(this.#lastStopMs, stopsAtMs);
  }

  /** A new rate: every user that has not started yet gets a new time, in the order of their numbers. */
  #retimeStarts(nowMs: number): void {
    const stepMs = 1000 / this.#ratePerSecond;
    const earliestMs = nowMs + LEAD_MS;
    const waiting: UserSlot[] = [];
    let lastMs = NEVER;
    for (const slot of this.#slots.values()) {
      if (slot.startsAtMs > earliestMs) waiting.push(slot);
      else lastMs = Math.max(lastMs, slot.startsAtMs);
    }
    waiting.sort((a, b) => a.user - b.user);
    for (const slot of waiting) {
      lastMs = Math.max(earliestMs, lastMs + stepMs);
      slot.startsAtMs = lastMs;
      if (slot.holder === undefined || slot.stopsAtMs !== undefined) continue;
      this.#ordersOf(slot.holder).starts.push(startOrder(slot));
    }
  }

  /** The same for stops that are not due yet: newest first. */
  #retimeStops(nowMs: number): void {
    const stepMs = 1000 / this.#ratePerSecond;
    const waiting: UserSlot[] = [];
    let lastMs = this.#lastStopMs;
    for (const slot of this.#slots.values()) {
      const { stopsAtMs, isStopPaced } = slot;
      if (stopsAtMs === undefined || !isStopPaced) continue;
      if (stopsAtMs > nowMs + LEAD_MS) waiting.push(slot);
      else lastMs = Math.max(lastMs, stopsAtMs);
    }
    waiting.sort((a, b) => b.user - a.user);
    let nextMs = Math.max(nowMs, lastMs + stepMs);
    for (const slot of waiting) {
      if (slot.holder === undefined) continue;
      slot.stopsAtMs = nextMs;
      nextMs += stepMs;
      this.#ordersOf(slot.holder).stops.push(stopOrder(slot, slot.stopsAtMs));
    }
  }

  #ordersOf(workerId: string): WorkerOrders {
    let orders = this.#orders.get(workerId);
    if (orders === undefined) {
      orders = { starts: [], stops: [] };
      this.#orders.set(workerId, orders);
    }
    return orders;
  }

  #flush(): void {
    const orders = this.#orders;
    this.#orders = new Map();
    for (const [workerId, workerOrders] of orders) this.#options.send(workerId, workerOrders);
  }
}
