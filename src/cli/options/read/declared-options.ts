import {
  type DeclaredOption,
  type OptionValue,
  readOptionText,
} from '../../../script/host/define-options.ts';
import { laterOptionProblem } from '../table/not-yet.ts';
import type { OptionSpec } from '../table/option-spec.ts';
import { ALL_OPTIONS, type KeyedOption, longNamesOf } from '../table/option-table.ts';
import type { OptionKey } from '../table/option-values.ts';
import { quote } from '../table/quote.ts';
import { good, type Parsed, wanted } from '../table/value-parsers.ts';
import type { OptionLayer } from './option-layer.ts';

/** What was said about the options of a load file. */
export interface DeclaredValues {
  /** Given values, by the names of the load file; those not given are left out. */
  readonly values: Readonly<Record<string, OptionValue>>;
  /** Long names, without dashes, of those whose values nobody may see. */
  readonly secretNames: readonly string[];
}

/** Nothing was said, or there is nothing to be said. */
export const NOTHING_DECLARED: DeclaredValues = { values: {}, secretNames: [] };

const TAKEN: ReadonlySet<string> = new Set([
  'help',
  'version',
  ...ALL_OPTIONS.flatMap(({ spec }) => longNamesOf(spec)),
]);

/** The options of a load file as the readers of command line, environment and configuration want them. */
export function declaredSpecs(declared: readonly DeclaredOption[]): readonly KeyedOption[] {
  return declared.map((option) => ({ key: keyOf(option), spec: specOf(option) }));
}

/** What stands in the way of these options: names that katydid has itself, now or later. */
export function declarationProblems(declared: readonly DeclaredOption[]): readonly string[] {
  return declared.flatMap((option) => {
    const long = longNameOf(option.name);
    if (!TAKEN.has(long) && laterOptionProblem(`--${long}`) === undefined) return [];
    return [
      `the load file's option ${option.name}: katydid itself has --${long}; choose another name`,
    ];
  });
}

/**
 * Puts together what the layers say about a load file's options.
 *
 * @param layers - The strongest first.
 */
export function resolveDeclared(
  declared: readonly DeclaredOption[],
  layers: readonly OptionLayer[],
): { readonly value: DeclaredValues; readonly problems: readonly string[] } {
  const values: Record<string, OptionValue> = {};
  const problems: string[] = [];
  for (const option of declared) {
    const given = layers.find((layer) => layer.given.has(keyOf(option)))?.given.get(keyOf(option));
    if (given === undefined) continue;
    const parsed = readValue(option, given.texts.at(-1) ?? '');
    if (parsed.ok) values[option.name] = parsed.value;
    else problems.push(`${given.label}: ${parsed.problem}`);
  }
  const secretNames = declared.filter((each) => each.isSecret).map(({ name }) => longNameOf(name));
  return { value: { values, secretNames }, problems };
}

function specOf(option: DeclaredOption): OptionSpec {
  const { type, choices, isSecret } = option;
  const isFlag = type === 'boolean';
  const shownDefault = option.default === undefined || isSecret ? {} : defaultText(option.default);
  return {
    long: longNameOf(option.name),
    kind: isFlag ? 'flag' : 'value',
    valueName: isFlag
      ? ''
      : choices.length > 0
        ? choices.join('|')
        : type === 'number'
          ? 'N'
          : 'TEXT',
    fallback: option.default,
    ...shownDefault,
    help: helpOf(option),
    group: 'Script',
    commands: ['run', 'master', 'plan'],
    secret: isSecret,
    read: (texts) => readValue(option, texts.at(-1) ?? ''),
  };
}

function helpOf({ help, isRequired, env }: DeclaredOption): string {
  const text = help === '' ? 'An option of the load file' : help;
  const variable = env === undefined ? '' : ` [also: ${env} in the environment]`;
  return `${text}${isRequired ? ' [must be given]' : ''}${variable}`;
}

function defaultText(value: OptionValue): { readonly fallbackText?: string } {
  return value === '' || value === false ? {} : { fallbackText: String(value) };
}

function readValue(option: DeclaredOption, text: string): Parsed<OptionValue> {
  const parsed = typedValue(option, text);
  if (parsed.ok || !option.isSecret) return parsed;
  // The value is not repeated, not even a wrong one.
  return { ok: false, problem: parsed.problem.replace(/^got .*, wanted/s, 'wanted') };
}

function typedValue(option: DeclaredOption, text: string): Parsed<OptionValue> {
  const value = readOptionText(option, text);
  return value === undefined ? wanted(text, valueWanted(option)) : good(value);
}

function valueWanted({ type, choices }: DeclaredOption): string {
  if (choices.length > 0) {
    return `one of ${choices.map((each) => quote(String(each))).join(', ')}`;
  }
  return type === 'boolean' ? '1, true, 0 or false' : 'a number';
}

function keyOf(option: DeclaredOption): OptionKey {
  // No option of katydid's has a colon in its key, so the two never meet in a layer.
  return `load file:${option.name}` as OptionKey;
}

function longNameOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
