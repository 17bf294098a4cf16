import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../arch/source-files.ts';
import { stateTableOf } from '../arch/state-tables.ts';

/**
 * What the state table in the comments of a source file says: the third column for each pair of a state
 * (first column) and an occurrence (second column), under the key `state / occurrence`. Cells may list
 * several states or occurrences with commas.
 */
export function transitionTableOf(source: string): ReadonlyMap<string, string> {
  const table = stateTableOf(readFileSync(join(ROOT, source), 'utf8'));
  const rows = table.trimEnd().split('\n').slice(2);
  const pairs = rows.flatMap((row) => {
    const [states = '', occurrences = '', next = ''] = row
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return states
      .split(', ')
      .flatMap((state) => occurrences.split(', ').map((on) => [`${state} / ${on}`, next] as const));
  });
  const asMap = new Map(pairs);
  if (asMap.size !== pairs.length) throw new Error(`${source}: a pair has two rows in its table`);
  return asMap;
}
