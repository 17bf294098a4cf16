import type { CommandName, OptionKey, OptionValues } from './option-values.ts';
import { good, type Parsed, trueOrFalse, type ValueParser } from './value-parsers.ts';

/** Headings of `--help`, in the order of printing. */
export const OPTION_GROUPS = [
  'Load',
  'Script',
  'Without a load file',
  'Trying out',
  'HTTP',
  'Output',
  'Result',
  'Workers',
  'Network',
  'General',
] as const;

/** A heading of `--help`. */
export type OptionGroup = (typeof OPTION_GROUPS)[number];

/**
 * How an option is written: `flag` takes no value, `value` one (the last counts), `list` and `pairs`
 * may be repeated; a configuration file has booleans, strings or numbers, arrays, and objects for them.
 */
export type OptionKind = 'flag' | 'value' | 'list' | 'pairs';

/** One option: everything that parsing, help, environment and configuration file need to know. */
export interface OptionSpec<T = unknown> {
  /** Without the dashes. Names the environment variable and the configuration key, too. */
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** Other long names, without the dashes. */
  readonly aliases?: readonly string[];
  readonly kind: OptionKind;
  /** What stands for the value in help, such as `N`; empty for a flag. */
  readonly valueName: string;
  readonly fallback: T;
  /** The default as help shows it; not shown where left out. */
  readonly fallbackText?: string;
  /** One or two sentences without a full stop at the end. */
  readonly help: string;
  readonly group: OptionGroup;
  readonly commands: readonly CommandName[];
  /** `false`: on the command line only. */
  readonly configurable?: boolean;
  /** Its value is never repeated in a message. */
  readonly secret?: boolean;
  /** Reads all texts given in one place, at least one, in their order. */
  read(texts: readonly string[]): Parsed<T>;
}

/** The table's type: each option once, its parser giving what the code expects. */
export type OptionTable = { readonly [K in OptionKey]: OptionSpec<OptionValues[K]> };

/** What the builders below fill in by themselves. */
type Described<T, Filled extends keyof OptionSpec> = Omit<OptionSpec<T>, Filled | 'read'>;

/** An option without a value. */
export function flag(
  description: Described<boolean, 'kind' | 'valueName' | 'fallback'>,
): OptionSpec<boolean> {
  return {
    ...description,
    kind: 'flag',
    valueName: '',
    fallback: false,
    read: (texts) => trueOrFalse(texts.at(-1) ?? ''),
  };
}

/** An option with one value; of several the last counts. */
export function single<T, F extends T | undefined>(
  description: Described<T | F, 'kind'>,
  parse: ValueParser<T>,
): OptionSpec<T | F> {
  return { ...description, kind: 'value', read: (texts) => parse(texts.at(-1) ?? '') };
}

/** A repeatable option that adds up to a list. */
export function list<T>(
  description: Described<readonly T[], 'kind' | 'fallback'>,
  parse: ValueParser<readonly T[]>,
): OptionSpec<readonly T[]> {
  return {
    ...description,
    kind: 'list',
    fallback: [],
    read: (texts) => {
      const all: T[] = [];
      for (const text of texts) {
        const parsed = parse(text);
        if (!parsed.ok) return parsed;
        all.push(...parsed.value);
      }
      return good(all);
    },
  };
}

/** A repeatable `K=V` whose texts are read one by one and then put together. */
export function pairs<P, T>(
  description: Described<T, 'kind'>,
  parse: ValueParser<P>,
  collect: (all: readonly P[]) => T,
): OptionSpec<T> {
  return {
    ...description,
    kind: 'pairs',
    read: (texts) => {
      const all: P[] = [];
      for (const text of texts) {
        const parsed = parse(text);
        if (!parsed.ok) return parsed;
        all.push(parsed.value);
      }
      return good(collect(all));
    },
  };
}

/** The option's variable in the environment, such as `KATYDID_SPAWN_RATE`. */
export function variableOf(longName: string): string {
  return `KATYDID_${longName.toUpperCase().replaceAll('-', '_')}`;
}

/** The option's key in a configuration file, such as `spawnRate`. */
export function configKeyOf(longName: string): string {
  return longName.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
