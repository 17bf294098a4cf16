import { performance } from 'node:perf_hooks';

/** What `Clock.setTimer` gives back; opaque. */
export type TimerHandle = object;

/**
 * Time as everything in katydid sees it: passed in, so that tests and whole simulated clusters can
 * turn it by hand. Nothing else in `src` reads a clock or starts a timer.
 */
export interface Clock {
  /**
   * Monotonic microseconds with a fraction. All threads of one process count from the same origin, which
   * means nothing in other processes. Never steps back, whatever happens to the wall clock.
   */
  nowUs(): number;
  /** Wall-clock milliseconds since 1970. For labels only: no duration is computed from it. */
  epochMs(): number;
  /** Calls back once, `delayMs` or a little more from now; 0 or less means as soon as possible. */
  setTimer(delayMs: number, callback: () => void): TimerHandle;
  /** Cancels a timer; one that has fired or was cancelled is fine. */
  clearTimer(handle: TimerHandle | undefined): void;
}

/** The longest delay Node's timers take; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clocks. */
class SystemClock implements Clock {
  // performance.now() counts from the start of its thread, hrtime from the same origin in all of them.
  readonly #originUs = Number(process.hrtime.bigint()) / 1000 - performance.now() * 1000;

  nowUs(): number {
    return performance.now() * 1000 + this.#originUs;
  }

  epochMs(): number {
    return Date.now();
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    // Node drops fractions of a millisecond, which would fire early.
    return setTimeout(callback, Math.min(Math.ceil(Math.max(delayMs, 0)), MAX_TIMER_MS));
  }

  clearTimer(handle: TimerHandle | undefined): void {
    clearTimeout(handle as NodeJS.Timeout | undefined);
  }
}

/** The real clock of this process. */
export const systemClock: Clock = new SystemClock();

/** Resolves after `delayMs` milliseconds of `clock`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
