import { ALL_OPTIONS } from '../table/option-table.ts';
import type { OptionKey, OptionSource } from '../table/option-values.ts';
import { quote } from '../table/quote.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** From the weakest to the strongest. */
const SOURCE_ORDER: readonly OptionSource[] = [
  'default',
  'config file',
  'environment',
  'command line',
];

/**
 * Settles the join token: of `--token` and `--token-file` the one from the stronger place stays.
 *
 * @returns A problem where both come from the same place.
 */
export function settleToken({ values, sources }: ResolvedOptions): string | undefined {
  if (values.token === undefined || values.tokenFile === undefined) return undefined;
  const rankOf = (key: OptionKey): number => SOURCE_ORDER.indexOf(sources.get(key) ?? 'default');
  const lead = rankOf('token') - rankOf('tokenFile');
  if (lead === 0) return '--token and --token-file: wanted one of them, and got both';
  const weaker = lead > 0 ? 'tokenFile' : 'token';
  values[weaker] = undefined;
  sources.set(weaker, 'default');
  return undefined;
}

/** What is wrong between options that are all right by themselves. */
export function contradictions({ values }: ResolvedOptions): readonly string[] {
  const { lateAfterSeconds, lostAfterSeconds } = values;
  const problems: string[] = [];
  const isHasty = (lostAfterSeconds ?? Number.POSITIVE_INFINITY) <= (lateAfterSeconds ?? 0);
  if (isHasty) {
    problems.push(
      `--lost-after: got ${lostAfterSeconds}, wanted more than --late-after, which is ${lateAfterSeconds}`,
    );
  }
  if (values.once === false && values.trace !== 'off') {
    problems.push('--trace: wanted --once beside it: a whole run has too many exchanges to print');
  }
  return problems;
}

/** What of a run may be said anew where it is carried on: how it is shown. */
const BESIDE_RESUME: ReadonlySet<OptionKey> = new Set<OptionKey>([
  'resumeFile',
  'headless',
  'progressSeconds',
  'onlySummary',
  'logLevel',
  'logFile',
  'configFile',
]);

/**
 * What does not go with `--resume`: the run has its own load file and options. Those of the environment and
 * the configuration file are for new runs, and no contradiction.
 */
export function besideResume(
  words: readonly string[],
  sources: ReadonlyMap<OptionKey, OptionSource>,
): readonly string[] {
  const strangers = ALL_OPTIONS.filter(
    ({ key }) => sources.get(key) === 'command line' && !BESIDE_RESUME.has(key),
  );
  return [
    ...words.map((word) => `got ${quote(word)}, wanted nothing beside --resume`),
    ...strangers.map(
      ({ spec }) => `--${spec.long}: not beside --resume: the run goes on with its own options`,
    ),
  ];
}
