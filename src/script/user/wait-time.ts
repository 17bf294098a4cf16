import { inspect } from 'node:util';
import { ScriptError } from '../../base/errors.ts';

/** What wait times draw from: a user or a task set. */
export interface RandomSource {
  /** A number in [0, 1). */
  random(): number;
}

/**
 * How long a user pauses between two iterations: called after each, with the user or task set as
 * `this`. In seconds; 0 means no pause. NaN or less than 0 is an
 * exception in the report, and a pause of 1 s.
 */
export type WaitTime = (this: RandomSource) => number | Promise<number>;

/** Marks a wait time that is a schedule: the user loop paces by the interval and never calls it. */
const INTERVAL_SECONDS: unique symbol = Symbol.for('katydid.intervalSeconds');

/** A wait time that keeps iterations on an absolute schedule. */
export interface PacedWaitTime {
  (this: RandomSource): number;
  /** Seconds from one iteration's due time to the next one's. */
  readonly [INTERVAL_SECONDS]: number;
}

/**
 * Pauses for a random time, evenly spread and drawn from the run's seed.
 *
 * @param minSeconds - Shortest pause, included; 0 or more.
 * @param maxSeconds - Longest pause, excluded; at least `minSeconds`.
 * @throws {ScriptError} Where they are anything else.
 */
export function between(minSeconds: number, maxSeconds: number): (this: RandomSource) => number {
  requireSeconds('between', minSeconds, 0);
  requireSeconds('between', maxSeconds, minSeconds);
  const spreadSeconds = maxSeconds - minSeconds;
  return function between(this: RandomSource): number {
    return minSeconds + spreadSeconds * this.random();
  };
}

/**
 * Pauses for the same time after every iteration.
 *
 * @param seconds - 0 or more.
 * @throws {ScriptError} Where it is anything else.
 */
export function constant(seconds: number): (this: RandomSource) => number {
  requireSeconds('constant', seconds, 0);
  return function constant(this: RandomSource): number {
    return seconds;
  };
}

/**
 * Starts an iteration every `seconds`, however long each takes. The schedule is absolute: a user that
 * is late starts its next iterations without a pause until it has caught up, and their response times
 * count from when they were due.
 *
 * @param seconds - From one start to the next; more than 0.
 * @throws {ScriptError} Where it is anything else.
 */
export function constantPacing(seconds: number): PacedWaitTime {
  if (!(seconds > 0) || !Number.isFinite(seconds)) {
    throw new ScriptError(`constantPacing: expected more than 0 seconds, found ${seconds}`);
  }
  // Called by hand (the user loop does not): without a schedule the interval itself is the best answer.
  return Object.assign(
    function constantPacing(this: RandomSource): number {
      return seconds;
    },
    { [INTERVAL_SECONDS]: seconds },
  );
}

/**
 * Starts `iterationsPerSec` iterations a second in each user: `constantPacing` the other way round.
 *
 * @param iterationsPerSec - Of one user; more than 0, fractions allowed.
 * @throws {ScriptError} Where it is anything else.
 */
export function constantThroughput(iterationsPerSec: number): PacedWaitTime {
  if (!(iterationsPerSec > 0) || !Number.isFinite(iterationsPerSec)) {
    throw new ScriptError(
      `constantThroughput: expected more than 0 iterations per second, found ${iterationsPerSec}`,
    );
  }
  return constantPacing(1 / iterationsPerSec);
}

/** Seconds between due times where the wait time is a schedule, else `undefined`. */
export function pacingSecondsOf(waitTime: object): number | undefined {
  // The symbol is set by `constantPacing` alone, and always to a number.
  return (waitTime as Partial<PacedWaitTime>)[INTERVAL_SECONDS];
}

/**
 * Checks what a class gives as its wait time.
 *
 * @param place - For the message, as in `Shopper.waitTime`.
 * @throws {ScriptError} Where it is neither a function nor a number of seconds of 0 or more.
 */
export function requireWaitTime(place: string, waitTime: unknown): void {
  if (typeof waitTime === 'function') return;
  if (typeof waitTime === 'number' && Number.isFinite(waitTime) && waitTime >= 0) return;
  throw new ScriptError(
    `${place}: expected a wait time or seconds of 0 or more, found ${inspect(waitTime, { depth: 0 })}`,
    {
      hint: 'As in `waitTime = between(1, 2)`, `waitTime = 0.5`, or `waitTime() { return 0.5; }`.',
    },
  );
}

/** Lets a user or task set whose wait time is a number pause for so many seconds: `waitTime = 0.5`. */
export function settleWaitTime(made: object): void {
  // Scripts may write a number there, whatever the type says.
  const { waitTime } = made as { readonly waitTime: unknown };
  if (typeof waitTime === 'number') Reflect.set(made, 'waitTime', constant(waitTime));
}

function requireSeconds(name: string, seconds: number, atLeastSeconds: number): void {
  if (Number.isFinite(seconds) && seconds >= atLeastSeconds) return;
  throw new ScriptError(`${name}: expected ${atLeastSeconds} seconds or more, found ${seconds}`);
}
