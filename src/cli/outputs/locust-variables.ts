import { CONFIGURABLE_OPTIONS } from '../options/table/option-table.ts';

const PREFIX = 'LOCUST_';

/**
 * What to say of variables of Locust's that stand in the environment and mean nothing here: without a word a
 * run in an old pipeline would make another load than it says.
 *
 * @returns One line for each that katydid has an option for; empty without any.
 */
export function locustVariableLines(
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && (env[name] ?? '') !== '')
    .sort()
    .flatMap((name) => {
      const rest = name.slice(PREFIX.length);
      const isKnown = CONFIGURABLE_OPTIONS.has(rest.toLowerCase().replaceAll('_', '-'));
      return isKnown ? [`${name} is set and means nothing to katydid: write KATYDID_${rest}`] : [];
    });
}
