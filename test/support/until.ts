import type { WatchedProcess } from './watched-process.ts';

/** The condition is looked at this often. */
const POLL_MS = 20;

/** Only for what hangs: starting a fleet took over 30 s on two cores that had twenty times their work. */
const LONGEST_MS = 90_000;

/** Characters of a process's output that an error shows: its end. */
const MAX_SHOWN_CHARS = 2000;

/** How long a condition is waited for. */
export interface Patience {
  /** @default 90,000 */
  readonly longestMs?: number;
  /** Where this process ends first, waiting is in vain. */
  readonly of?: WatchedProcess;
}

/**
 * Waits until a condition holds.
 *
 * @param what - For the message where it never does.
 * @returns What the condition gave, once that is neither `undefined` nor `false`.
 * @throws {TypeError} When it has taken too long, or the process has ended; with what that printed.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { longestMs = LONGEST_MS, of }: Patience = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) {
      // Neither of the two, as was just looked at.
      return value as Exclude<T, undefined | false>;
    }
    const isGone = of?.isRunning === false;
    if (isGone || performance.now() > deadline) {
      const why = isGone ? 'its process ended' : `not within ${longestMs} ms`;
      const said = of?.stderr.slice(-MAX_SHOWN_CHARS) ?? '';
      throw new TypeError(`never came: ${what} (${why})\n${said}`);
    }
    await pause(POLL_MS);
  }
}

/** Lets this many milliseconds pass: only where that is what happens to the system under test. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
