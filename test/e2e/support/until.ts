/** So often a condition is looked at. */
const POLL_MS = 20;

/** Far longer than anything here takes on a slow machine. */
const DEADLINE_MS = 30_000;

/**
 * Waits until a condition holds.
 *
 * @param what - For the message where it never does.
 * @returns What the condition gave, once that is neither `undefined` nor `false`.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) {
      // Neither of the two, as was just looked at.
      return value as Exclude<T, undefined | false>;
    }
    if (performance.now() > deadline) throw new TypeError(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Lets so many milliseconds pass: only where that is what happens to the system under test. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
