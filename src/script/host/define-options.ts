import { ScriptError } from '../../base/errors.ts';
import { onEnterProcess, processFacts, updateProcess } from './script-process.ts';

/** A value of an option: what a command line can say. */
export type OptionValue = string | number | boolean;

/** One option that a load file adds to the command line. */
export interface OptionDeclaration {
  /** Its type is the option's type. An option without a default is a text, `undefined` where it is not given. */
  readonly default?: OptionValue;
  /** The only values that may be given, all of one type. */
  readonly choices?: readonly (string | number)[];
  /** One sentence for `--help`, without a full stop at the end. */
  readonly help?: string;
  /** Whether its value is kept out of the run file, the log and all messages. @default false */
  readonly secret?: boolean;
  /** Whether the run is refused where it is not given. @default false */
  readonly required?: boolean;
  /** Another variable of the environment that gives the value, besides `KATYDID_…`, such as `API_KEY`. */
  readonly env?: string;
}

/** The type of an option by its declaration. */
export type OptionValueOf<Declaration> = Declaration extends {
  readonly choices: readonly (infer Choice)[];
}
  ? Declaration extends { readonly default: OptionValue } | { readonly required: true }
    ? Choice
    : Choice | undefined
  : Declaration extends { readonly default: infer Default }
    ? Default extends string
      ? string
      : Default extends number
        ? number
        : boolean
    : Declaration extends { readonly required: true }
      ? string
      : string | undefined;

/** The options that `defineOptions` returns, by the names they were declared with. */
export type DefinedOptions<Declarations> = {
  readonly [Name in keyof Declarations]: OptionValueOf<Declarations[Name]>;
};

/** An option as declared, checked. */
export interface DeclaredOption {
  /** As in the load file, camelCase. */
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean';
  readonly default: OptionValue | undefined;
  /** Empty: anything goes. */
  readonly choices: readonly (string | number)[];
  readonly help: string;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
  /** A variable of the environment besides `KATYDID_…`. */
  readonly env: string | undefined;
}

const FIELDS: readonly string[] = ['default', 'choices', 'help', 'secret', 'required', 'env'];

/** Where the values of options come from. */
interface OptionSource {
  readonly values: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether options that are required and not given are refused. */
  readonly isComplete: boolean;
}

const NO_SOURCE: OptionSource = { values: {}, env: {}, isComplete: false };

const declared = new Map<string, DeclaredOption>();
let source = NO_SOURCE;
onEnterProcess(() => {
  declared.clear();
  source = NO_SOURCE;
});

/**
 * Says what values the command line (or the master) gives; options left out have their defaults. From now
 * on a required option must be among the values.
 *
 * @param env - The environment, for options that name a variable of their own in it.
 */
export function giveOptions(
  values: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>> = {},
): void {
  source = { values, env, isComplete: true };
}

/** What the loaded script has declared, in its order. */
export function declaredOptions(): readonly DeclaredOption[] {
  return [...declared.values()];
}

/**
 * Adds options to the command line: `region` becomes `--region`, `KATYDID_REGION` and the key `region` of
 * the configuration file, and is shown by `katydid run loadfile.ts --help`. Use it as
 * `export const options = defineOptions({ … })`.
 *
 * @param declarations - By name, in camelCase (`apiKey` is `--api-key`).
 * @returns The values, which are also in `environment.options`.
 * @throws {ScriptError} Where a declaration contradicts itself, or an option that is required is not given.
 */
export function defineOptions<
  const Declarations extends Readonly<Record<string, OptionDeclaration>>,
>(declarations: Declarations): DefinedOptions<Declarations> {
  const values: Record<string, unknown> = {};
  const missing: DeclaredOption[] = [];
  for (const [name, declaration] of Object.entries(declarations)) {
    const option = checked(name, declaration);
    declared.set(name, option);
    values[name] = valueOfOption(option);
    if (values[name] === undefined && option.isRequired) missing.push(option);
  }
  if (source.isComplete && missing.length > 0) throw notGiven(missing);
  updateProcess({ options: { ...processFacts().options, ...values } });
  // The loop above gives each declared name the type that its declaration stands for.
  return values as DefinedOptions<Declarations>;
}

/** @throws {ScriptError} Where the environment has a text that the option does not take. */
function valueOfOption(option: DeclaredOption): unknown {
  if (Object.hasOwn(source.values, option.name)) return source.values[option.name];
  const text = option.env === undefined ? '' : (source.env[option.env] ?? '');
  if (text === '') return option.default;
  const value = readOptionText(option, text);
  if (value !== undefined) return value;
  const shown = option.isSecret ? 'its value' : `'${text}'`;
  const wanted =
    option.choices.length > 0 ? `one of ${option.choices.join(', ')}` : `a ${option.type}`;
  throw new ScriptError(`${option.env}: ${shown} is not ${wanted}, which ${option.name} takes`);
}

/** A text as the value of an option; `undefined` where the option does not take it. */
export function readOptionText(
  { type, choices }: Pick<DeclaredOption, 'type' | 'choices'>,
  text: string,
): OptionValue | undefined {
  if (choices.length > 0) return choices.find((each) => String(each) === text.trim());
  if (type === 'string') return text;
  if (type === 'boolean') return BOOLEANS[text.trim().toLowerCase()];
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : undefined;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  false: false,
  '0': false,
};

function notGiven(missing: readonly DeclaredOption[]): ScriptError {
  const names = missing.map(({ name, help }) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return help === '' ? flag : `${flag} (${help})`;
  });
  const [{ name, env } = { name: '', env: undefined }] = missing;
  const variable = `KATYDID_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  const variables = env === undefined ? variable : `${variable} or ${env}`;
  return new ScriptError(`the load file needs ${names.join(' and ')}`, {
    hint: `Give it on the command line, as ${variables} in the environment, or as ${name} in katydid.config.ts.`,
  });
}

function checked(name: string, declaration: unknown): DeclaredOption {
  if (!/^[a-z][A-Za-z0-9]{0,39}$/.test(name)) {
    throw new ScriptError(`defineOptions: '${name}' is no name for an option`, {
      hint: 'Names are camelCase: letters and digits, beginning with a small letter.',
    });
  }
  if (declared.has(name)) throw new ScriptError(`defineOptions: ${name} is declared twice`);
  if (typeof declaration !== 'object' || declaration === null) {
    throw new ScriptError(`defineOptions: ${name} is an object, such as { default: 'eu' }`);
  }
  for (const key of Object.keys(declaration)) {
    if (FIELDS.includes(key)) continue;
    throw new ScriptError(
      `defineOptions: ${name} has a field '${key}'; there are ${FIELDS.join(', ')}`,
    );
  }
  const fields: { readonly [Field in keyof OptionDeclaration]: unknown } = { ...declaration };
  const fallback = defaultOf(name, fields.default);
  const choices = choicesOf(name, fields.choices);
  const sample: unknown = fallback ?? choices[0] ?? '';
  const type = typeof sample;
  if (type !== 'string' && type !== 'number' && type !== 'boolean') {
    throw new ScriptError(`defineOptions: ${name} is a text, a number or a boolean`);
  }
  if (choices.some((choice) => typeof choice !== type)) {
    throw new ScriptError(`defineOptions: the choices of ${name} are not all of type ${type}`);
  }
  const isChoice =
    fallback === undefined || choices.length === 0 || choices.some((c) => c === fallback);
  if (!isChoice) {
    throw new ScriptError(
      `defineOptions: the default of ${name}, ${fallback}, is none of its choices`,
    );
  }
  return {
    name,
    type,
    default: fallback,
    choices,
    help: typeof fields.help === 'string' ? fields.help : '',
    isSecret: fields.secret === true,
    isRequired: fields.required === true,
    env: variableNameOf(name, fields.env),
  };
}

function variableNameOf(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return value;
  throw new ScriptError(`defineOptions: env of ${name} is no name of an environment variable`);
}

function defaultOf(name: string, value: unknown): OptionValue | undefined {
  if (value === undefined || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ScriptError(`defineOptions: the default of ${name} is no text, number or boolean`);
}

function choicesOf(name: string, value: unknown): readonly (string | number)[] {
  if (value === undefined) return [];
  const isList =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each: unknown) => typeof each === 'string' || typeof each === 'number');
  if (isList) return value;
  throw new ScriptError(`defineOptions: the choices of ${name} are a list of texts or numbers`);
}
