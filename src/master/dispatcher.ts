import { assert } from '../base/errors.ts';
import type { Plan } from '../load/plan.ts';
import { recut } from '../load/recut.ts';
import type { ClassSequence } from '../load/user-classes.ts';
import type { StartOrder, StopOrder } from '../protocol/master-messages.ts';
import type { UserEndReason } from '../protocol/worker-messages.ts';

/** New orders reach the workers before they are due. */
const LEAD_MS = 50;

/** What is known of one user number. */
interface UserSlot {
  readonly user: number;
  readonly classIndex: number;
  /** How often it was started before. */
  incarnation: number;
  /** Who has it; `undefined` where nobody does. */
  holder: string | undefined;
  /** When it starts, or was to start, in milliseconds since the run's start. */
  startsAtMs: number;
  /** When it is told to stop; `undefined` where it is not. */
  stopsAtMs: number | undefined;
  /** Ended by itself: never started again. */
  isRetired: boolean;
}

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
  /** Whether every user that was ever wanted has ended by itself. */
  readonly isExhausted: boolean;
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
 * started again only when its end was reported, or when its holder was given up for lost.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #slots = new Map<number, UserSlot>();
  readonly #workers: string[] = [];
  #target = 0;
  #ratePerSecond = 1;
  /** The next start, or stop, may be due from here on: they keep their distance across changes. */
  #nextStartMs = 0;
  #nextStopMs = 0;
  #orders = new Map<string, WorkerOrders>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
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

  /** Begins with a plan, whose worker `i` is `workerIds[i]`: user k is due exactly when it says. */
  begin(plan: Plan, workerIds: readonly string[]): void {
    this.#workers.push(...workerIds);
    this.#target = plan.users;
    this.#ratePerSecond = plan.spawnRate;
    for (const start of plan.starts) {
      const slot = this.#slotOf(start.user);
      const holder = workerIds[start.workerIndex];
      assert(slot !== undefined && holder !== undefined, 'a plan names known users and workers');
      slot.holder = holder;
      slot.startsAtMs = start.atSeconds * 1000;
      this.#ordersOf(holder).starts.push(startOrder(slot, slot.startsAtMs));
    }
    this.#flush();
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
   * @param isGone - Given up for lost: its users are free at once. Else it ends them and reports each.
   */
  removeWorker(workerId: string, isGone: boolean, nowMs: number): void {
    const index = this.#workers.indexOf(workerId);
    if (index >= 0) this.#workers.splice(index, 1);
    for (const slot of this.#slots.values()) {
      if (slot.holder !== workerId) continue;
      if (isGone) slot.holder = undefined;
      else slot.stopsAtMs = nowMs;
    }
    this.#cut(nowMs, false);
  }

  /**
   * Heads for `users` at `ratePerSecond`. Users that are due to start later keep their worker.
   */
  setTarget(users: number, ratePerSecond: number, nowMs: number): void {
    assert(ratePerSecond > 0, 'the spawn rate is above 0');
    const isNewRate = ratePerSecond !== this.#ratePerSecond;
    this.#target = users;
    this.#ratePerSecond = ratePerSecond;
    if (isNewRate) this.#reschedule(nowMs);
    this.#cut(nowMs, false);
  }

  /** A worker reports that a user has ended. */
  ended(workerId: string, user: number, incarnation: number, reason: UserEndReason): void {
    const slot = this.#slots.get(user);
    // A late report of an earlier holder, or of an earlier start, says nothing about the present one.
    if (slot === undefined || slot.holder !== workerId || slot.incarnation !== incarnation) return;
    slot.holder = undefined;
    slot.stopsAtMs = undefined;
    if (reason === 'stop-user' || reason === 'start-failed') slot.isRetired = true;
  }

  /** Starts again what ended and is wanted still; to be called after a batch of reports. */
  settle(nowMs: number): void {
    this.#cut(nowMs, false);
  }

  /** How far the last change has come. */
  progress(nowMs: number): DispatchProgress {
    let wanted = 0;
    let isSettled = true;
    let isExhausted = true;
    for (const slot of this.#slots.values()) {
      const isHeld = slot.holder !== undefined;
      const isWanted = slot.user < this.#target && !slot.isRetired;
      if (isWanted) wanted += 1;
      if (isHeld || isWanted) isExhausted = false;
      if (isWanted ? !isHeld || slot.startsAtMs > nowMs : isHeld) isSettled = false;
      if (isHeld && slot.stopsAtMs !== undefined) isSettled = false;
    }
    return { wanted, isSettled, isExhausted: isExhausted && this.#slots.size > 0 };
  }

  /** Gives every user that has not started yet a new time, in the order of their numbers. */
  #reschedule(nowMs: number): void {
    const waiting: UserSlot[] = [];
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const slot of this.#slots.values()) {
      if (slot.holder === undefined) continue;
      if (slot.startsAtMs > nowMs + LEAD_MS) waiting.push(slot);
      else lastMs = Math.max(lastMs, slot.startsAtMs);
    }
    waiting.sort((a, b) => a.user - b.user);
    this.#nextStartMs = lastMs + 1000 / this.#ratePerSecond;
    for (const slot of waiting) this.#orderStart(slot, nowMs);
  }

  /** The next start follows the last one that is ordered and not called off. */
  #followLastStart(): void {
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const slot of this.#slots.values()) {
      if (slot.holder === undefined || slot.stopsAtMs !== undefined) continue;
      lastMs = Math.max(lastMs, slot.startsAtMs);
    }
    this.#nextStartMs = lastMs + 1000 / this.#ratePerSecond;
  }

  #cut(nowMs: number, rebalance: boolean): void {
    if (this.#workers.length === 0) return;
    const holdings = new Map<number, string>();
    for (const slot of this.#slots.values()) {
      if (slot.holder !== undefined && !this.#isLeaving(slot, nowMs)) {
        holdings.set(slot.user, slot.holder);
      }
    }
    this.#keepWanted(nowMs);
    const changes = recut({
      holdings,
      targetUsers: this.#target,
      workers: this.#workers,
      classOf: (user) => this.#classToStart(user),
      rebalance,
    });
    this.#stopAll(
      changes.stops.map((stop) => stop.user),
      nowMs,
    );
    this.#stopAll(
      changes.moves.map((move) => move.user),
      nowMs,
    );
    this.#followLastStart();
    for (const start of changes.starts) {
      const slot = this.#slotOf(start.user);
      assert(slot !== undefined && slot.holder === undefined, 'a user has one holder');
      if (slot.startsAtMs !== Number.NEGATIVE_INFINITY) slot.incarnation += 1;
      slot.holder = start.worker;
      slot.stopsAtMs = undefined;
      this.#orderStart(slot, nowMs);
    }
    this.#flush();
  }

  /** Users that are told to stop later, and are wanted again before that, simply go on. */
  #keepWanted(nowMs: number): void {
    for (const slot of this.#slots.values()) {
      if (slot.holder === undefined || slot.stopsAtMs === undefined) continue;
      if (slot.user >= this.#target || slot.stopsAtMs <= nowMs + LEAD_MS) continue;
      slot.stopsAtMs = undefined;
      this.#ordersOf(slot.holder).starts.push(startOrder(slot, slot.startsAtMs));
    }
  }

  /** Whether a user is on its way out and cannot be called back. */
  #isLeaving(slot: UserSlot, nowMs: number): boolean {
    if (slot.stopsAtMs === undefined) return false;
    return slot.user >= this.#target || slot.stopsAtMs <= nowMs + LEAD_MS;
  }

  /** Class of a user that may be started or goes on; `undefined`: not to be started now. */
  #classToStart(user: number): number | undefined {
    const slot = this.#slotOf(user);
    if (slot === undefined || slot.isRetired) return undefined;
    // Held and leaving: its end must be reported first.
    if (slot.holder !== undefined && slot.stopsAtMs !== undefined) return undefined;
    return slot.classIndex;
  }

  #slotOf(user: number): UserSlot | undefined {
    const known = this.#slots.get(user);
    if (known !== undefined) return known;
    const classIndex = this.#options.sequence.classOf(user);
    if (classIndex === undefined) return undefined;
    const slot: UserSlot = {
      user,
      classIndex,
      incarnation: 0,
      holder: undefined,
      startsAtMs: Number.NEGATIVE_INFINITY,
      stopsAtMs: undefined,
      isRetired: false,
    };
    this.#slots.set(user, slot);
    return slot;
  }

  #orderStart(slot: UserSlot, nowMs: number): void {
    assert(slot.holder !== undefined, 'a user that starts has a holder');
    slot.startsAtMs = Math.max(nowMs + LEAD_MS, this.#nextStartMs);
    this.#nextStartMs = slot.startsAtMs + 1000 / this.#ratePerSecond;
    this.#ordersOf(slot.holder).starts.push(startOrder(slot, slot.startsAtMs));
  }

  /** Stops users one after the other at the spawn rate; those that have not started, at once. */
  #stopAll(users: readonly number[], nowMs: number): void {
    for (const user of users) {
      const slot = this.#slots.get(user);
      if (slot?.holder === undefined || slot.stopsAtMs !== undefined) continue;
      const hasStarted = slot.startsAtMs <= nowMs;
      slot.stopsAtMs = hasStarted ? Math.max(nowMs, this.#nextStopMs) : nowMs;
      if (hasStarted) this.#nextStopMs = slot.stopsAtMs + 1000 / this.#ratePerSecond;
      this.#ordersOf(slot.holder).stops.push({
        user,
        incarnation: slot.incarnation,
        atMs: slot.stopsAtMs,
      });
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

function startOrder(slot: UserSlot, atMs: number): StartOrder {
  return {
    user: slot.user,
    classIndex: slot.classIndex,
    incarnation: slot.incarnation,
    atMs,
  };
}
