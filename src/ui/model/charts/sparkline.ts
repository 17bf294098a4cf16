/**
 * A row of bars, one column a value, from the lowest of eight levels to the highest.
 *
 * @param values - A null leaves its column blank; 0 is the lowest level.
 * @param highest - What the highest level stands for.
 * @param levels - The eight characters, lowest first.
 */
export function sparkline(
  values: readonly (number | null)[],
  highest: number,
  levels: string,
): string {
  return values.map((value) => (value === null ? ' ' : levelOf(value, highest, levels))).join('');
}

/** The highest of some values, 0 where there is none. */
export function highestValue(values: readonly (number | null)[]): number {
  return values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);
}

function levelOf(value: number, highest: number, levels: string): string {
  if (!(value > 0) || !(highest > 0)) return levels.charAt(0);
  const steps = levels.length - 1;
  const step = Math.round((steps * value) / highest);
  // A value above 0 must not look like 0.
  return levels.charAt(Math.min(steps, Math.max(1, step)));
}
