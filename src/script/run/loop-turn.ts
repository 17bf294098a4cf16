/**
 * Iterations that may end, over all users of the process, before one waits for the event loop. A task
 * that never waits for anything real would otherwise run for ever in microtasks, and no socket, timer
 * or signal would be served. Whether the loop has turned since an iteration began cannot be asked without
 * a `setImmediate` for it, so iterations that talk to a server pay for one only every so many.
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
 * Resolves as soon as the event loop has served what is ready. Not a timer of `Clock`: those take a
 * millisecond at least, this takes none where nothing else is to be done.
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
