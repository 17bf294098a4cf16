/** The once-a-second work is done so long after a second's end that the workers' intervals are there. */
const TICK_DELAY_MS = 300;
/** While there is no run whose seconds could set the pace. */
const WAITING_TICK_MS = 1000;

/**
 * Milliseconds until the next once-a-second work: just after a second of the run is over.
 *
 * @param nowMs - Since the run's start; `undefined` before it has one.
 */
export function tickDelayMs(nowMs: number | undefined): number {
  if (nowMs === undefined) return WAITING_TICK_MS;
  // A millisecond of grace: a timer that fires a hair early must not fire a second time at once.
  const seconds = Math.floor((nowMs - TICK_DELAY_MS + 1) / 1000) + 1;
  return seconds * 1000 + TICK_DELAY_MS - nowMs;
}
