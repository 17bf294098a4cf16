import type { OptionKey, OptionSource } from './option-values.ts';
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
