import { NEVER, Pace } from '../../load/pacing.ts';
import type { UserSlot } from './user-slot.ts';

/** New orders reach the workers before they are due. */
export const ORDER_LEAD_MS = 50;

/**
 * When users start and stop: starts keep a distance of 1 / spawn rate from each other, and so do stops.
 * All times are milliseconds since the run's start.
 */
export class UserPacing {
  #ratePerSecond = 1;
  /** The last of the paced stops that is over. */
  #lastStopMs = NEVER;

  /** Users started (or stopped) per second. */
  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  set ratePerSecond(ratePerSecond: number) {
    this.#ratePerSecond = ratePerSecond;
  }

  /** Distance of starts, and of stops, in milliseconds. */
  get stepMs(): number {
    return 1000 / this.#ratePerSecond;
  }

  /** Further starts come behind all that were ever ordered. */
  startPace(slots: Iterable<UserSlot>): Pace {
    let lastMs = NEVER;
    for (const slot of slots) lastMs = Math.max(lastMs, slot.startsAtMs);
    return new Pace(lastMs);
  }

  /** Further stops come behind the last one that is over or ordered. */
  stopPace(slots: Iterable<UserSlot>, nowMs: number): Pace {
    let lastMs = NEVER;
    for (const slot of slots) {
      this.noteStop(slot, nowMs);
      if (isPacedStop(slot)) lastMs = Math.max(lastMs, slot.stopsAtMs);
    }
    return new Pace(Math.max(lastMs, this.#lastStopMs));
  }

  /** The stop of a user may be over: the next one keeps its distance from it. */
  noteStop(slot: UserSlot, nowMs: number): void {
    if (!isPacedStop(slot) || slot.stopsAtMs > nowMs) return;
    this.#lastStopMs = Math.max(this.#lastStopMs, slot.stopsAtMs);
  }

  /**
   * At a new rate, every user that has not started yet gets a new time.
   *
   * @returns The users with a new time, by number.
   */
  retimeStarts(slots: Iterable<UserSlot>, nowMs: number): UserSlot[] {
    const earliestMs = nowMs + ORDER_LEAD_MS;
    const waiting: UserSlot[] = [];
    let lastMs = NEVER;
    for (const slot of slots) {
      if (slot.startsAtMs > earliestMs) waiting.push(slot);
      else lastMs = Math.max(lastMs, slot.startsAtMs);
    }
    waiting.sort((a, b) => a.user - b.user);
    const pace = new Pace(lastMs);
    for (const slot of waiting) slot.startsAtMs = pace.next(earliestMs, this.stepMs);
    return waiting;
  }

  /**
   * At a new rate, every stop that is not due yet gets a new time.
   *
   * @returns The users with a new time, newest first.
   */
  retimeStops(slots: Iterable<UserSlot>, nowMs: number): UserSlot[] {
    const waiting: UserSlot[] = [];
    let lastMs = this.#lastStopMs;
    for (const slot of slots) {
      if (!isPacedStop(slot) || slot.holder === undefined) continue;
      if (slot.stopsAtMs > nowMs + ORDER_LEAD_MS) waiting.push(slot);
      else lastMs = Math.max(lastMs, slot.stopsAtMs);
    }
    waiting.sort((a, b) => b.user - a.user);
    const pace = new Pace(lastMs);
    for (const slot of waiting) slot.stopsAtMs = pace.next(nowMs, this.stepMs);
    return waiting;
  }
}

/** Whether a user is told to stop, as one of a row that keeps its distances. */
function isPacedStop(slot: UserSlot): slot is UserSlot & { stopsAtMs: number } {
  return slot.stopsAtMs !== undefined && slot.isStopPaced;
}
