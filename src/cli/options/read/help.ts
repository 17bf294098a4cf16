import { COMMAND_NAMES, COMMAND_TABLE } from '../table/command-table.ts';
import { configKeyOf, OPTION_GROUPS, type OptionSpec, variableOf } from '../table/option-spec.ts';
import { type KeyedOption, optionsOf } from '../table/option-table.ts';
import type { CommandName } from '../table/option-values.ts';

/** Help is readable in the narrowest terminal that people use. */
const COLUMNS = 80;
/** Where the explanations begin. */
const TERM_COLUMNS = 30;

/** The text of `katydid --help`, with a line break at its end. */
export function generalHelp(): string {
  const commands = COMMAND_NAMES.map((name) => entry(name, COMMAND_TABLE[name].purpose, 10));
  return joined([
    ['Usage: katydid <command> [options]', '', ...wrap(GENERAL_PURPOSE, 0)],
    ['Commands:', ...commands.flat()],
    [
      'Examples:',
      ...example('katydid demo', 'something to look at, at once'),
      ...example('katydid init', 'writes a loadfile.ts to begin with'),
      ...example('katydid run -H http://localhost:8000 -u 100 -t 1m', 'runs it'),
    ],
    wrap("'katydid <command> --help' lists the options of a command, with examples.", 0),
  ]);
}

const GENERAL_PURPOSE =
  'Load tests HTTP services with users written in TypeScript, from one machine or many, and prints ' +
  'numbers that are true or says that they are not.';

/** The text of `katydid <command> --help`, with a line break at its end. */
export function commandHelp(command: CommandName): string {
  return helpWithDeclared(command, []);
}

/** As `commandHelp`, with the options that a load file declares. */
export function helpWithDeclared(command: CommandName, declared: readonly KeyedOption[]): string {
  const spec = COMMAND_TABLE[command];
  const options = optionsOf(command);
  const named = spec.arguments.map(([name, meaning]) => entry(name, meaning, TERM_COLUMNS));
  return joined([
    [`Usage: katydid ${command} [options] ${spec.usage}`.trimEnd(), '', ...wrap(spec.purpose, 0)],
    named.length === 0 ? [] : ['Arguments:', ...named.flat()],
    declared.length === 0
      ? []
      : ['Of this load file:', ...declared.flatMap((option) => optionEntry(command, option))],
    ...OPTION_GROUPS.map((group) => groupLines(command, group, options)),
    ['Examples:', ...spec.examples.flatMap(([line, meaning]) => example(line, meaning))],
    settingsLines(command),
  ]);
}

function groupLines(
  command: CommandName,
  group: string,
  options: readonly KeyedOption[],
): readonly string[] {
  const entries = options
    .filter(({ spec }) => spec.group === group)
    .map((option) => optionEntry(command, option));
  if (group === 'General') entries.push(entry('-h, --help', 'This text', TERM_COLUMNS));
  return entries.length === 0 ? [] : [`${group}:`, ...entries.flat()];
}

function optionEntry(command: CommandName, { key, spec }: KeyedOption): readonly string[] {
  const own = COMMAND_TABLE[command].defaults[key];
  const fallback = own === undefined ? spec.fallbackText : String(own);
  const shownDefault = fallback === undefined ? '' : ` [default: ${fallback}]`;
  return entry(termOf(spec), `${spec.help}${shownDefault}`, TERM_COLUMNS);
}

function termOf(spec: OptionSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
  // A value that may be left out is only known by its equals sign.
  const gap = spec.valueName.startsWith('[=') ? '' : ' ';
  return `${short}--${spec.long}${gap}${spec.valueName}`.trimEnd();
}

function settingsLines(command: CommandName): readonly string[] {
  const { readsEnvironment, readsConfig } = COMMAND_TABLE[command];
  if (!readsEnvironment) return [];
  const options = optionsOf(command).filter(({ spec }) => spec.configurable !== false);
  // A name of two words shows best how names are made.
  const sample = options.find(({ spec }) => spec.long.includes('-')) ?? options[0];
  const long = sample?.spec.long ?? 'users';
  const variables = `Every option is also KATYDID_<OPTION> in the environment (${variableOf(long)})`;
  if (!readsConfig) return wrap(`${variables}; the command line wins.`, 0);
  const config =
    `${variables} and a key of katydid.config.{ts,js,json} (${configKeyOf(long)}). ` +
    'The command line wins over the environment, the environment over the file.';
  return wrap(config, 0);
}

function example(line: string, meaning: string): readonly string[] {
  return [`  ${line}`, ...wrap(meaning, 6)];
}

/** A term and its explanation beside it, or below it where the term is too long. */
function entry(term: string, meaning: string, termColumns: number): readonly string[] {
  const head = `  ${term}`;
  const indent = termColumns + 2;
  const lines = wrap(meaning, indent);
  if (head.length + 2 > indent) return [head, ...lines];
  const [first = '', ...rest] = lines;
  return [head.padEnd(indent) + first.trimStart(), ...rest];
}

function wrap(text: string, indent: number): string[] {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > COLUMNS) {
      lines.push(margin + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(margin + line);
  return lines;
}

function joined(sections: readonly (readonly string[])[]): string {
  const shown = sections.filter((section) => section.length > 0);
  return `${shown.map((section) => section.join('\n')).join('\n\n')}\n`;
}
