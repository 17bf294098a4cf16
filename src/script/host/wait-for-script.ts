import type { Clock } from '../../base/clock.ts';
import { ScriptError } from '../../base/errors.ts';
import { secondsToMs } from '../../base/units.ts';

/** After this long the log says what the run waits for. */
const PATIENCE_SECONDS = 10;
/** The longest wait: a script may take its time to clean up, but a run that nobody watches must end. */
const LONGEST_SECONDS = 600;

/** What the waiting needs. */
export interface ScriptPatience {
  readonly clock: Clock;
  /** Called once, after 10 s. */
  readonly warn: (text: string) => void;
  /** Resolves when nobody wants to wait any more. @default never */
  readonly abandoned?: Promise<void>;
}

/**
 * Waits for what a load file does before or after a run, but not for ever.
 *
 * @param what - Such as `teardown()`.
 * @throws {ScriptError} Where it has not ended after 600 s; else whatever `part` throws.
 */
export async function waitForScript(
  what: string,
  part: () => unknown,
  { clock, warn, abandoned }: ScriptPatience,
): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const impatience = clock.setTimer(secondsToMs(PATIENCE_SECONDS), () =>
    warn(`${what} has taken ${PATIENCE_SECONDS} s: it is waited for, ${LONGEST_SECONDS} s at most`),
  );
  const limit = clock.setTimer(secondsToMs(LONGEST_SECONDS), () =>
    reject(new ScriptError(`${what} did not end within ${LONGEST_SECONDS} s`)),
  );
  try {
    await Promise.race([part(), late, ...(abandoned === undefined ? [] : [abandoned])]);
  } finally {
    clock.clearTimer(impatience);
    clock.clearTimer(limit);
  }
}
