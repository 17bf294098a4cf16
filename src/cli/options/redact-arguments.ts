import { ALL_OPTIONS, longNamesOf } from './option-table.ts';

const SECRET_NAMES: ReadonlySet<string> = new Set(
  ALL_OPTIONS.filter(({ spec }) => spec.secret).flatMap(({ spec }) =>
    longNamesOf(spec).map((longName) => `--${longName}`),
  ),
);

/** The command line with `***` in place of secrets, fit for a run file or a log. */
export function redactArguments(argv: readonly string[]): readonly string[] {
  return argv.map((text, index) => {
    if (SECRET_NAMES.has(argv[index - 1] ?? '')) return '***';
    const name = text.split('=', 1)[0] ?? '';
    return SECRET_NAMES.has(name) && name !== text ? `${name}=***` : text;
  });
}
