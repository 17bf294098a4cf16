/** Who is told that somebody wants the process to end. */
export interface StopSignals {
  /** The first SIGINT, SIGTERM or SIGHUP: end gracefully. */
  onFirst(): void;
  /** Any further one: end now. */
  onFurther(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens for signals that end the process.
 *
 * @param ignored - Signals that are swallowed: a local worker leaves the terminal's Ctrl-C to its master.
 * @returns Stops listening.
 */
export function onStopSignals(
  handler: StopSignals,
  ignored: readonly (typeof SIGNALS)[number][] = [],
): () => void {
  let count = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ignored.some((name) => name === signal)) return;
    count += 1;
    if (count === 1) handler.onFirst();
    else handler.onFurther();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
