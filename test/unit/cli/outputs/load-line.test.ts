import { describe, expect, it } from 'vitest';
import type { OptionKey, OptionSource } from '../../../../src/cli/options/table/option-values.ts';
import { loadLine } from '../../../../src/cli/outputs/load-line.ts';

const NOTHING_GIVEN: ReadonlyMap<OptionKey, OptionSource> = new Map([
  ['users', 'default'],
  ['spawnRate', 'default'],
  ['runTimeSeconds', 'default'],
]);
const NO_END = { runTimeSeconds: undefined, iterations: undefined };

describe('loadLine', () => {
  it('says what nobody gave, and what sets it', () => {
    const options = { users: 1, spawnRate: 1, ...NO_END };

    expect(loadLine({ options, sources: NOTHING_GIVEN })).toBe(
      '1 user (default; -u sets it), until stopped (-t sets an end)',
    );
  });

  it('says the rate as soon as it matters', () => {
    const sources = new Map(NOTHING_GIVEN).set('users', 'command line' as OptionSource);
    const options = { users: 1000, spawnRate: 1, runTimeSeconds: 90, iterations: undefined };

    expect(loadLine({ options, sources })).toBe(
      '1,000 users at 1/s (default; -r sets it), for 1:30',
    );
  });

  it('says nothing of options where all is given', () => {
    const options = { users: 5, spawnRate: 2.5, runTimeSeconds: 60, iterations: 100 };

    expect(loadLine({ options, sources: new Map() })).toBe(
      '5 users at 2.5/s, for 1:00 or 100 iterations',
    );
  });
});
