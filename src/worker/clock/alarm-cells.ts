/*
 * What a thread and its alarm share: 32-bit cells, read and written by `Atomics` alone. Instants are
 * microseconds modulo 2^32, since a cell holds no more; they are compared by their signed difference
 * and so must lie within 35 minutes of each other.
 */

/** Counts the orders; the alarm sleeps on it. */
export const ORDERS_CELL = 0;
/** When the alarm is to go off. */
export const DUE_CELL = 1;
/** When the alarm, asleep, will look at its orders again by itself. */
export const LOOKS_AT_CELL = 2;
/** 1 while the alarm sleeps until it is woken. */
export const IDLE_CELL = 3;
/** Counts how often the alarm went off; the ordering thread listens to it. */
export const FIRED_CELL = 4;
/** How many cells there are. */
export const CELLS = 5;

/**
 * Least time from one alarm to the next, in microseconds. Waking costs about 20 µs of CPU in the two threads
 * together, so starts that are close share one waking.
 */
export const TICK_US = 200;

/** An instant as a cell holds it. */
export function toCell(us: number): number {
  // `| 0` takes the number modulo 2^32 whatever its size.
  return us | 0;
}

/** Microseconds from cell instant `from` to `to`; negative where `to` is earlier. */
export function cellDistanceUs(from: number, to: number): number {
  return (to - from) | 0;
}
