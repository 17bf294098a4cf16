import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearestName } from '../../../base/nearest-name.ts';
import { foreignOptionProblem } from '../table/foreign-options.ts';
import { laterOptionProblem } from '../table/not-yet.ts';
import { ALL_OPTIONS, type KeyedOption, longNamesOf, optionsOf } from '../table/option-table.ts';
import type { CommandName, OptionKey } from '../table/option-values.ts';
import { quote } from '../table/quote.ts';
import type { GivenOption, OptionLayer } from './option-layer.ts';

/** The arguments of one command, taken apart but not yet understood. */
export interface ArgumentLayer extends OptionLayer {
  /** What is no option, in its order. */
  readonly positionals: readonly string[];
  /** `--help` and `--version` come before any problem. */
  readonly wants: 'help' | 'version' | undefined;
  /** Whether there are options that nobody knows; what follows such a one may be its value. */
  readonly hasUnknownOptions: boolean;
}

/**
 * Takes apart what follows the command's name. Never throws: what is wrong is in `problems`.
 *
 * @param declared - Options of the load file.
 */
export function readArguments(
  command: CommandName,
  args: readonly string[],
  declared: readonly KeyedOption[] = [],
): ArgumentLayer {
  const reader = new ArgumentReader(command, args, declared);
  return reader.read();
}

/** One token of node:util's parser, as far as we look at it. */
interface Token {
  readonly kind: 'option' | 'positional' | 'option-terminator';
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

class ArgumentReader {
  readonly #command: CommandName;
  readonly #args: readonly string[];
  readonly #byName: ReadonlyMap<string, KeyedOption>;
  readonly #given = new Map<OptionKey, { label: string; texts: string[] }>();
  readonly #positionals: string[] = [];
  readonly #problems: string[] = [];
  #wants: 'help' | 'version' | undefined;
  #hasUnknownOptions = false;
  /** The list option that takes what follows, too: `-T a b`. */
  #greedy: KeyedOption | undefined;

  constructor(command: CommandName, args: readonly string[], declared: readonly KeyedOption[]) {
    this.#command = command;
    this.#args = args;
    this.#byName = new Map(
      [...declared, ...optionsOf(command)].flatMap((option) =>
        longNamesOf(option.spec).map((longName) => [longName, option] as const),
      ),
    );
  }

  read(): ArgumentLayer {
    const { tokens } = parseArgs({
      args: this.#args,
      options: this.#parserOptions(),
      strict: false,
      allowPositionals: true,
      tokens: true,
    });
    const loadfileOption = this.#byName.get('loadfile');
    const namesLoadfile = tokens.some(
      (token) => token.kind === 'option' && this.#byName.get(token.name) === loadfileOption,
    );
    for (const token of tokens) {
      if (token.kind === 'option') this.#takeOption(token, namesLoadfile);
      else if (token.kind === 'positional') this.#takePositional(token.value);
      else this.#greedy = undefined;
    }
    return {
      source: 'command line',
      given: this.#given satisfies ReadonlyMap<OptionKey, GivenOption>,
      problems: this.#problems,
      positionals: this.#positionals,
      wants: this.#wants,
      hasUnknownOptions: this.#hasUnknownOptions,
    };
  }

  #parserOptions(): ParseArgsOptionsConfig {
    const options: ParseArgsOptionsConfig = {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
    };
    for (const [longName, { spec }] of this.#byName) {
      const short = longName === spec.long && spec.short !== undefined ? { short: spec.short } : {};
      options[longName] = { type: spec.kind === 'flag' ? 'boolean' : 'string', ...short };
    }
    return options;
  }

  /** The flag that is on by itself and that `--no-…` switches off. */
  #switchedOff(name: string): KeyedOption | undefined {
    const option = name.startsWith('no-') ? this.#byName.get(name.slice(3)) : undefined;
    return option?.spec.kind === 'flag' && option.spec.fallback === true ? option : undefined;
  }

  #takeOption(token: Token, namesLoadfile: boolean): void {
    this.#greedy = undefined;
    const name = token.name ?? '';
    const label = token.rawName ?? '';
    if (name === 'help' || name === 'version') {
      this.#wants = this.#wants === 'help' ? 'help' : name;
      return;
    }
    const option = this.#byName.get(name) ?? this.#switchedOff(name);
    if (option === undefined) {
      this.#hasUnknownOptions = true;
      this.#problems.push(this.#unknownProblem(label));
      return;
    }
    const text = option.spec.kind === 'flag' ? flagText(token, option) : token.value;
    if (text === undefined) {
      this.#problems.push(`--${name}: wanted ${option.spec.valueName}, and nothing follows`);
      return;
    }
    const swallowed = token.inlineValue === true ? undefined : this.#optionIn(text);
    if (swallowed !== undefined) {
      const wanted = option.spec.valueName;
      this.#problems.push(`--${name}: wanted ${wanted}, and the option ${swallowed} follows`);
      return;
    }
    this.#add(option, `--${name}`, text);
    // Before the load file a second word would be ambiguous; after it, it is Locust's `-T a b`.
    const isAfterLoadfile = namesLoadfile || this.#positionals.length > 0;
    if (option.spec.kind === 'list' && isAfterLoadfile && token.inlineValue !== true) {
      this.#greedy = option;
    }
  }

  #takePositional(text: string): void {
    if (this.#greedy === undefined) this.#positionals.push(text);
    else this.#add(this.#greedy, `--${this.#greedy.spec.long}`, text);
  }

  #add({ key }: KeyedOption, label: string, text: string): void {
    const given = this.#given.get(key);
    if (given === undefined) this.#given.set(key, { label, texts: [text] });
    else given.texts.push(text);
  }

  /** `--csv --headless` is a forgotten value, not files called --headless_stats.csv. */
  #optionIn(text: string): string | undefined {
    if (!text.startsWith('--')) return undefined;
    const name = text.slice(2).split('=', 1)[0] ?? '';
    return this.#byName.has(name) ? `--${name}` : undefined;
  }

  #unknownProblem(label: string): string {
    const later = laterOptionProblem(label);
    if (later !== undefined) return later;
    const foreign = foreignOptionProblem(label);
    if (foreign !== undefined) return foreign;
    const name = label.replace(/^-+/, '');
    const elsewhere = ALL_OPTIONS.find(
      ({ spec }) => longNamesOf(spec).includes(name) || (label.length === 2 && spec.short === name),
    );
    if (elsewhere !== undefined) {
      const owners = elsewhere.spec.commands.map((owner) => `katydid ${owner}`).join(', ');
      return `${label} is no option of katydid ${this.#command}, but of ${owners}`;
    }
    const shown = /^[\w-]{1,60}$/.test(label) ? label : quote(label);
    const nearest = this.#nearestOption(name, label.startsWith('--'));
    const question = nearest === undefined ? '' : `: did you mean ${nearest}?`;
    return `unknown option ${shown}${question}`;
  }

  #nearestOption(name: string, isLong: boolean): string | undefined {
    if (isLong) {
      const nearest = nearestName(name, [...this.#byName.keys(), 'help', 'version']);
      return nearest === undefined ? undefined : `--${nearest}`;
    }
    const shorts = ['h', 'V', ...[...this.#byName.values()].map(({ spec }) => spec.short ?? '')];
    const other = shorts.find(
      (short) => short !== '' && short.toLowerCase() === name.toLowerCase(),
    );
    return other === undefined ? undefined : `-${other}`;
  }
}

function flagText({ name = '', value }: Token, { spec }: KeyedOption): string {
  const isOn = longNamesOf(spec).includes(name);
  return value ?? (isOn ? 'true' : 'false');
}
