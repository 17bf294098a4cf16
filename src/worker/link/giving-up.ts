/** Why a worker tries no longer to reach its master, and what to do. */
export interface GivingUp {
  readonly message: string;
  readonly hint: string;
}

/**
 * Whether a worker that cannot reach its master gives up.
 *
 * @param silentMs - For how long it has not heard the master, or has looked for one.
 * @param joinTimeoutMs - How long it looks for a master that has never let it in.
 * @param rejoinTimeoutMs - How long it looks for one that has; absent where none has.
 * @param why - What came of the last attempt.
 * @returns `undefined` where it tries again.
 */
export function givingUp(
  silentMs: number,
  joinTimeoutMs: number,
  rejoinTimeoutMs: number | undefined,
  why: string,
): GivingUp | undefined {
  if (silentMs < (rejoinTimeoutMs ?? joinTimeoutMs)) return undefined;
  if (rejoinTimeoutMs === undefined) {
    return {
      message: `no master answered within ${joinTimeoutMs / 1000} s: ${why}`,
      hint: 'Check the address and that the master runs; --join-timeout waits longer.',
    };
  }
  return {
    message: `the master has been gone for ${Math.round(silentMs / 1000)} s: ${why}`,
    hint: 'Start the worker again where the run is still to have it.',
  };
}
