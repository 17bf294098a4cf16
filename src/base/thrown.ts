/** Stands for a thrown value that cannot be turned into text. */
export const UNREADABLE = 'a thrown value that cannot be read';

/**
 * Whether `thrown` is an `Error`. Never throws, whatever a script threw; `instanceof` alone throws for a
 * proxy with traps that throw.
 */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    // A value without a readable prototype is not treated as an error.
    return false;
  }
}

/**
 * A property of a thrown value; `undefined` where there is none, or where a getter of the script throws.
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

/** A property of a thrown value, where that is a text; else the empty string. Never throws. */
export function textOf(thrown: unknown, key: string): string {
  const value = fieldOf(thrown, key);
  return typeof value === 'string' ? value : '';
}
