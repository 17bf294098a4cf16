import type { RunHistory } from '../../../stats/snapshot/run-snapshot.ts';

const SHORTEST_SPAN_MS = 60_000;

/**
 * How much time every chart and sparkline of the screen covers: a minute, doubling as the run grows,
 * so that what has been drawn stays where it is. It never goes beyond the run's limit, or beyond now
 * where a run that stops has passed its limit.
 *
 * @param elapsedMs - Since the run's start.
 * @param limitMs - Run time asked for, or null.
 */
export function axisSpanMs(elapsedMs: number, limitMs: number | null): number {
  let spanMs = SHORTEST_SPAN_MS;
  while (spanMs < elapsedMs) spanMs *= 2;
  return limitMs !== null && limitMs > 0 ? Math.min(spanMs, Math.max(limitMs, elapsedMs)) : spanMs;
}

/** Makes one value of the seconds that fall into a column of a chart; null if there is none. */
export type Fold = (first: number, end: number) => number | null;

/** The mean of the seconds, for levels and rates. */
export function meanOf(values: readonly (number | null)[]): Fold {
  return (first, end) => {
    let sum = 0;
    let count = 0;
    for (let i = first; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined || !Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
    return count === 0 ? null : sum / count;
  };
}

/** The highest of the seconds, for percentiles: they cannot be averaged, and their peaks must not vanish. */
export function highestOf(values: readonly (number | null)[]): Fold {
  return (first, end) => {
    let highest: number | null = null;
    for (let i = first; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined || !Number.isFinite(value)) continue;
      if (highest === null || value > highest) highest = value;
    }
    return highest;
  };
}

/** The sum of the parts divided by the sum of the wholes, as failures by requests. */
export function shareOf(parts: readonly number[], wholes: readonly number[]): Fold {
  return (first, end) => {
    let part = 0;
    let whole = 0;
    for (let i = first; i < end; i++) {
      part += parts[i] ?? 0;
      whole += wholes[i] ?? 0;
    }
    return whole > 0 ? part / whole : null;
  };
}

/**
 * Folds the seconds of a run into the columns of a chart.
 *
 * @param history - Its `t` says which second falls where.
 * @param spanMs - What the whole width stands for.
 * @param columns - Width of the chart.
 * @returns One value a column, from the left to the newest; at most `columns` of them. If columns are shorter
 *   than a second, a column without a second of its own repeats the one before.
 */
export function foldColumns(
  history: RunHistory,
  fold: Fold,
  spanMs: number,
  columns: number,
): (number | null)[] {
  const lastMs = history.t.at(-1);
  if (lastMs === undefined || columns <= 0 || !(lastMs > 0)) return [];
  const columnMs = spanMs / columns;
  const filled = Math.min(columns, Math.ceil(lastMs / columnMs));
  const folded: (number | null)[] = [];
  let first = 0;
  for (let column = 0; column < filled; column++) {
    let end = first;
    const untilMs = column === filled - 1 ? Number.POSITIVE_INFINITY : (column + 1) * columnMs;
    while (end < history.t.length && (history.t[end] ?? 0) <= untilMs) end++;
    folded.push(end > first ? fold(first, end) : (folded.at(-1) ?? fold(0, 1)));
    first = end;
  }
  return folded;
}
