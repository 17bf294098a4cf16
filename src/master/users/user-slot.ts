import { NEVER } from '../../load/pacing.ts';
import type { StartOrder, StopOrder } from '../../protocol/messages/master-messages.ts';
import type { HeldUser, SpentUser } from '../../protocol/messages/worker-messages.ts';

/** What is known of one user number. */
export interface UserSlot {
  readonly user: number;
  classIndex: number;
  /** How often the user was ordered to start before. */
  incarnation: number;
  wasOrdered: boolean;
  /** The worker that has the user; `undefined` where none does. */
  holder: string | undefined;
  /** The worker that is to have the user next, where the holder is told to stop it for that. */
  movesTo: string | undefined;
  /**
   * When it starts, started or is to start again, in milliseconds since the run's start. A time that lies
   * ahead holds on when the user's holder is lost.
   */
  startsAtMs: number;
  /** When the user is told to stop; `undefined` where it is not. */
  stopsAtMs: number | undefined;
  /** Whether that stop is one of a row of stops that keep their distances. */
  isStopPaced: boolean;
  /** Iterations that the user has still to make; `undefined` where their number is not limited. */
  iterationsLeft: number | undefined;
  /** Whether the user ended by itself, or has nothing to do: then it never starts again. */
  isRetired: boolean;
}

/** The slot of a user that no worker has. @param iterationsLeft - `undefined` where their number is not limited. */
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

/** Takes up what a worker says of a user that it had. */
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

/** The order that ends a user. */
export function stopOrder(
  { user, incarnation }: Pick<UserSlot, 'user' | 'incarnation'>,
  atMs: number,
): StopOrder {
  return { user, incarnation, atMs };
}
