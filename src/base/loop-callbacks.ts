/*
 * Hot path: whoever hears from the network counts it here, so that whoever could keep the event loop from
 * turning can tell that it turns, without a `setImmediate` to find out.
 */

let callbacks = 0;

/** Something was called by the event loop itself: never from within a microtask or a script. */
export function countLoopCallback(): void {
  callbacks += 1;
}

/** How many were counted in this process; only grows, by 1. */
export function loopCallbacks(): number {
  return callbacks;
}
