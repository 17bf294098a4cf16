import { NEVER } from '../../load/pacing.ts';
import type { StartOrder, StopOrder } from '../../protocol/messages/master-messages.ts';
import type { HeldUser, SpentUser } from '../../protocol/messages/worker-messages.ts';

/** What is known of one user number. */
export interface UserSlot {
  readonly user: number;
  classIndex: number;
  /** How often it was ordered to start before. */
  incarnation: number;
  wasOrdered: boolean;
  /** Who has it; `undefined` where nobody does. */
  holder: string | undefined;
  /** Who is to have it next, where its holder is told to stop it for that. */
  movesTo: string | undefined;
  /**
   * When it starts, started or is to start again, in milliseconds since the run's start. A time that
   * lies ahead stays its own when its holder is lost.
   */
  startsAtMs: number;
  /** When it is told to stop; `undefined` where it is not. */
  stopsAtMs: number | undefined;
  /** Whether that stop is one of a row that keeps its distances. */
  isStopPaced: boolean;
  /** Iterations that it has still to make; `undefined` where their number is not limited. */
  iterationsLeft: number | undefined;
  /** Ended by itself, or has nothing to do: never started again. */
  isRetired: boolean;
}

/** A user that nobody has. @param iterationsLeft - `undefined` where their number is not limited. */
export function createSlot(
  user: number,
  classIndex: number,
  iterationsLeft: number | undefined,
): UserSlot {
  return {
    user,
    classIndex,
    incarnation: 0,
    wasOrdered: false,
    holder: undefined,
    movesTo: undefined,
    startsAtMs: NEVER,
    stopsAtMs: undefined,
    isStopPaced: false,
    iterationsLeft,
    isRetired: iterationsLeft === 0,
  };
}

/** Takes up a user that a worker holds from before. @param nowMs - Milliseconds since the run's start. */
export function holdAgain(slot: UserSlot, holder: string, held: HeldUser, nowMs: number): void {
  slot.classIndex = held.classIndex;
  slot.incarnation = held.incarnation;
  slot.wasOrdered = true;
  slot.holder = holder;
  slot.movesTo = undefined;
  slot.startsAtMs = held.atMs;
  slot.stopsAtMs = held.stopAtMs;
  slot.isStopPaced = held.stopAtMs !== undefined && held.atMs <= nowMs;
  if (held.iterations !== undefined) slot.iterationsLeft = held.iterations;
}

/** Takes up what a worker knows of a user that it has no more. */
export function noteSpent(slot: UserSlot, { incarnation, isRetired }: SpentUser): void {
  slot.wasOrdered = true;
  if (slot.holder === undefined) slot.incarnation = Math.max(slot.incarnation, incarnation);
  if (isRetired) slot.isRetired = true;
}

/** The order that starts a user where its slot says. */
export function startOrder(slot: UserSlot): StartOrder {
  const { user, classIndex, incarnation, startsAtMs, iterationsLeft } = slot;
  const order = { user, classIndex, incarnation, atMs: startsAtMs };
  return iterationsLeft === undefined ? order : { ...order, iterations: iterationsLeft };
}

/** The order that ends it. */
export function stopOrder(
  { user, incarnation }: Pick<UserSlot, 'user' | 'incarnation'>,
  atMs: number,
): StopOrder {
  return { user, incarnation, atMs };
}
