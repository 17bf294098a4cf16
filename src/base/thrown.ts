/** Stands for what was thrown where it lets nobody look at it. */
export const UNREADABLE = 'a thrown value that cannot be read';

/**
 * Whether `thrown` is an `Error`. Never throws, whatever a script threw: `instanceof` alone does, for a
 * proxy whose traps throw.
 */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    // What cannot even be asked for its prototype is no error to anybody.
    return false;
  }
}

/**
 * A property of what was thrown; `undefined` where there is none, or a getter of the script's own throws.
 * Never throws itself.
 */
export function fieldOf(thrown: unknown, key: string): unknown {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    return Reflect.get(thrown, key);
  } catch {
    return undefined;
  }
}

/** A property of what was thrown where it is a text; the empty string else. Never throws. */
export function textOf(thrown: unknown, key: string): string {
  const value = fieldOf(thrown, key);
  return typeof value === 'string' ? value : '';
}
