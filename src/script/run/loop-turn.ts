/**
 * Iterations of all users of the process that may end before one of them waits for the event loop. A task
 * that never waits for anything real would otherwise run for ever in microtasks, and no socket, timer or
 * signal would be served. Only a `setImmediate` tells whether the loop has turned, so that iterations that
 * talk to a server pay for one of these every so often.
 */
const MOST_ITERATIONS_A_TURN = 16;

let iterations = 0;
let total = 0;
let turn: Promise<void> | undefined;

/** Iterations of this process that ended without a wait; only grows. */
export function unpausedIterations(): number {
  return total;
}

/** Counts an iteration that ended without a wait; true where the next must wait for `nextTurn`. */
export function isTurnUsedUp(): boolean {
  iterations += 1;
  total += 1;
  return iterations > MOST_ITERATIONS_A_TURN;
}

/**
 * Resolves as soon as the event loop has served what is ready. A timer of `Clock` would take a millisecond
 * at least; this takes no time where nothing else is to be done.
 */
export function nextTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      iterations = 0;
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
