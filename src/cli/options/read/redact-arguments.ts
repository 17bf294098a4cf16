import { withoutCredentials } from '../../../base/url-credentials.ts';
import { ALL_OPTIONS, longNamesOf } from '../table/option-table.ts';

const SECRETS = ALL_OPTIONS.filter(({ spec }) => spec.secret).map(({ spec }) => spec);

const LONG_NAMES: ReadonlySet<string> = new Set(
  SECRETS.flatMap((spec) => longNamesOf(spec).map((longName) => `--${longName}`)),
);

const SHORT_NAMES: ReadonlySet<string> = new Set(
  SECRETS.flatMap(({ short }) => (short === undefined ? [] : [`-${short}`])),
);

/**
 * The command line with `***` in place of secrets, and URLs without user and password, fit for a run file or a log.
 *
 * @param declaredNames - Secret options of the load file, without dashes.
 */
export function redactArguments(
  argv: readonly string[],
  declaredNames: readonly string[] = [],
): readonly string[] {
  const longNames = new Set([...LONG_NAMES, ...declaredNames.map((name) => `--${name}`)]);
  return argv.map(withoutCredentials).map((text, index) => {
    const before = argv[index - 1] ?? '';
    if (longNames.has(before) || SHORT_NAMES.has(before)) return masked(before, text);
    const name = text.split('=', 1)[0] ?? '';
    if (longNames.has(name) && name !== text) {
      return `${name}=${masked(name, text.slice(name.length + 1))}`;
    }
    const short = text.slice(0, 2);
    return SHORT_NAMES.has(short) && short !== text ? short + masked(short, text.slice(2)) : text;
  });
}

/** The body of requests may name the file that it is in, which is no secret. */
function masked(name: string, text: string): string {
  const isFile = (name === '-d' || name === '--data') && text.startsWith('@');
  return isFile ? text : '***';
}
