import { formatCount } from '../../../base/format.ts';
import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';
import { DIM, span } from '../text/line.ts';
import type { Check } from './check.ts';

/** How many exceptions the load file threw, and where their texts are; `undefined` if it threw none. */
export function exceptionsCheck({ exceptions }: RunSnapshot): Check | undefined {
  const { occurrences, kinds } = exceptions;
  if (occurrences === 0) return undefined;
  return {
    level: 'bad',
    title: exceptionCount(occurrences, 4),
    detail: [
      span(`thrown by the load file, ${formatCount(kinds, 6)} different`),
      span('; the log has their texts', DIM),
    ],
  };
}

/**
 * The number of exceptions with its noun: `12 exceptions`.
 *
 * @param width - Columns of the number, 4 or more; a larger number is shortened to fit.
 */
export function exceptionCount(occurrences: number, width: number): string {
  return `${formatCount(occurrences, width)} ${occurrences === 1 ? 'exception' : 'exceptions'}`;
}
