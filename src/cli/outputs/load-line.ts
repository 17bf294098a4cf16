import { formatDuration, withCommas } from '../../base/format.ts';
import type { LoadOptions, OptionKey, OptionSource } from '../options/table/option-values.ts';

/** A load, and which options somebody gave for it. */
export interface DescribedLoad {
  readonly options: Pick<LoadOptions, 'users' | 'spawnRate' | 'runTimeSeconds'> & {
    readonly iterations: number | undefined;
  };
  /** Where values came from; options that are missing here count as given. */
  readonly sources: ReadonlyMap<OptionKey, OptionSource>;
}

/**
 * Says in a few words what load a run makes, and which options set what nobody gave:
 * `1 user (default; -u sets it), until stopped (-t sets an end)`.
 */
export function loadLine({ options, sources }: DescribedLoad): string {
  const { users, spawnRate, runTimeSeconds, iterations } = options;
  const unlessGiven = (key: OptionKey, letter: string): string =>
    sources.get(key) === 'default' ? ` (default; -${letter} sets it)` : '';
  const count = `${withCommas(users)} ${users === 1 ? 'user' : 'users'}`;
  const parts = [`${count}${unlessGiven('users', 'u')}`];
  // One user starts at once, at whatever rate.
  if (users > 1) parts.push(`${spawnRate}/s${unlessGiven('spawnRate', 'r')}`);
  const ends: string[] = [];
  if (runTimeSeconds !== undefined) ends.push(`for ${formatDuration(runTimeSeconds * 1000)}`);
  if (iterations !== undefined) ends.push(`${withCommas(iterations)} iterations`);
  if (ends.length === 0) ends.push('until stopped (-t sets an end)');
  return `${parts.join(' at ')}, ${ends.join(' or ')}`;
}
