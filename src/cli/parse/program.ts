import { resolve } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { VERSION } from '../../base/version.ts';
import type { DeclaredOption } from '../../script/host/define-options.ts';
import { besideResume, contradictions, settleToken } from '../options/read/check-options.ts';
import {
  type DeclaredValues,
  declarationProblems,
  declaredSpecs,
  resolveDeclared,
} from '../options/read/declared-options.ts';
import { commandHelp, generalHelp, helpWithDeclared } from '../options/read/help.ts';
import type { OptionLayer } from '../options/read/option-layer.ts';
import { readArguments } from '../options/read/read-arguments.ts';
import { readEnvironment } from '../options/read/read-environment.ts';
import { type ResolvedOptions, resolveOptions } from '../options/read/resolve-options.ts';
import { COMMAND_NAMES, COMMAND_TABLE, isCommandName } from '../options/table/command-table.ts';
import { readCtlAction } from '../options/table/ctl-action.ts';
import { masterAddress } from '../options/table/master-address.ts';
import { laterCommandProblem } from '../options/table/not-yet.ts';
import type { KeyedOption } from '../options/table/option-table.ts';
import type { CommandName, OptionKey } from '../options/table/option-values.ts';
import { isPlain, quote } from '../options/table/quote.ts';
import { readConfigFile } from './config-file.ts';
import type { Invocation } from './invocation.ts';
import { likelyLoadFile, optionsOfLoadFile, takesLoadFile } from './load-file-options.ts';
import { chooseScript } from './script-choice.ts';

/** How the readers complain about what may be an option of the load file. */
const STRANGER = /unknown (?:option|environment variable)/;

/** The environment as a process has it. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Understands a whole command line, with the environment and the configuration file.
 *
 * @param argv - What follows the program's name.
 * @param cwd - Where relative paths begin, also the paths in the configuration file.
 * @throws {UsageError} With everything that is wrong, not only the first of it.
 */
export async function parseCommandLine(
  argv: readonly string[],
  env: EnvironmentVariables,
  cwd: string,
): Promise<Invocation> {
  const [name, ...rest] = argv;
  if (name === undefined) return { command: 'help', text: generalHelp(), asked: false };
  if (name === '--help' || name === '-h' || name === 'help') return helpAbout(rest[0]);
  if (name === '--version' || name === '-V' || name === 'version') return version();
  if (isCommandName(name)) return invocationOf(name, rest, env, cwd);
  throw unknownCommand(name, argv);
}

function version(): Invocation {
  return { command: 'version', text: `${VERSION}\n` };
}

function helpAbout(name: string | undefined): Invocation {
  if (name === undefined || name.startsWith('-')) {
    return { command: 'help', text: generalHelp(), asked: true };
  }
  if (isCommandName(name)) return { command: 'help', text: commandHelp(name), asked: true };
  throw unknownCommand(name, []);
}

function unknownCommand(name: string, argv: readonly string[]): UsageError {
  const hint = "'katydid --help' lists the commands.";
  const later = laterCommandProblem(name);
  if (later !== undefined) return new UsageError(later, { hint });
  if (name.startsWith('-')) {
    // Locust's habit: options right behind the program's name.
    const words = argv.every(isPlain) ? argv.slice(0, 8).join(' ') : '…';
    return new UsageError(`wanted a command before ${quote(name)}`, {
      hint: `Did you mean katydid run ${words}?`,
    });
  }
  if (/\.(ts|js|mts|mjs)$|:\/\//.test(name) && isPlain(name)) {
    return new UsageError(`unknown command ${quote(name)}: did you mean katydid run ${name}?`);
  }
  const nearest = nearestName(name, [...COMMAND_NAMES, 'help', 'version']);
  const question = nearest === undefined ? '' : `: did you mean katydid ${nearest}?`;
  return new UsageError(`unknown command ${quote(name)}${question}`, { hint });
}

async function invocationOf(
  command: CommandName,
  args: readonly string[],
  env: EnvironmentVariables,
  cwd: string,
): Promise<Invocation> {
  const declared = await declaredFor(command, args, env, cwd);
  const specs = declaredSpecs(declared);
  const fromArguments = readArguments(command, args, specs);
  if (fromArguments.wants === 'help') {
    return { command: 'help', text: helpWithDeclared(command, specs), asked: true };
  }
  if (fromArguments.wants === 'version') return version();
  const layers = await layersOf(command, fromArguments, env, cwd, specs);
  const resolved = resolveOptions(command, layers);
  const own = resolveDeclared(declared, layers);
  const problems = [...resolved.problems, ...contradictions(resolved)];
  problems.push(...declarationProblems(declared), ...own.problems);
  const tokenProblem = settleToken(resolved);
  if (tokenProblem !== undefined) problems.push(tokenProblem);
  const given = argumentsOf(command, fromArguments.positionals, resolved, cwd);
  // What follows an option that nobody knows may be its value: one complaint is enough.
  if (!fromArguments.hasUnknownOptions) problems.push(...given.problems);
  if (problems.length > 0) throw allProblems(command, problems);
  const { values, sources } = resolved;
  // `resolveOptions` gives every option of this command, each with the type that the table ties to
  // it, and `argumentsOf` what else the command takes, or a problem.
  const value = withDeclared(given.value, declared, own.value);
  return { command, options: values, sources, ...value } as unknown as Invocation;
}

/** The load file's own options belong to the choice of the load file. */
function withDeclared(
  value: GivenArguments['value'],
  declared: readonly DeclaredOption[],
  values: DeclaredValues,
): object | undefined {
  if (declared.length === 0 || value === undefined || !('script' in value)) return value;
  if (value.script === undefined) return value;
  return { ...value, script: { ...Object(value.script), declared: values } };
}

/**
 * The options of the load file. Only asked for where something is said that katydid itself does not
 * know, or help is wanted: it means loading the file once more.
 */
async function declaredFor(
  command: CommandName,
  args: readonly string[],
  env: EnvironmentVariables,
  cwd: string,
): Promise<readonly DeclaredOption[]> {
  const { wants, positionals, ...fromArguments } = readArguments(command, args);
  if (!takesLoadFile(command) || wants === 'version') return [];
  const layers = await layersOf(command, fromArguments, env, cwd, []);
  const hasStrangers = layers.some(({ problems }) => problems.some((text) => STRANGER.test(text)));
  if (wants !== 'help' && !hasStrangers) return [];
  const textsOf = (key: OptionKey): readonly string[] =>
    layers.find(({ given }) => given.has(key))?.given.get(key)?.texts ?? [];
  const path = likelyLoadFile(cwd, positionals, textsOf('loadfile').at(-1), wants !== 'help');
  return path === undefined ? [] : optionsOfLoadFile(path, textsOf('scriptEnv'));
}

/** What the places say, the strongest first. */
async function layersOf(
  command: CommandName,
  fromArguments: OptionLayer,
  env: EnvironmentVariables,
  cwd: string,
  declared: readonly KeyedOption[],
): Promise<readonly OptionLayer[]> {
  const { readsEnvironment, readsConfig } = COMMAND_TABLE[command];
  if (!readsEnvironment) return [fromArguments];
  const fromEnvironment = readEnvironment(env, declared, !takesLoadFile(command));
  if (!readsConfig) return [fromArguments, fromEnvironment];
  const asked = fromArguments.given.get('configFile') ?? fromEnvironment.given.get('configFile');
  return [fromArguments, fromEnvironment, await readConfigFile(cwd, asked?.texts.at(-1), declared)];
}

/** What a command takes besides options, and what is wrong with it. */
interface GivenArguments {
  readonly value?: object;
  readonly problems: readonly string[];
}

function argumentsOf(
  command: CommandName,
  words: readonly string[],
  resolved: ResolvedOptions,
  cwd: string,
): GivenArguments {
  const [first] = words;
  switch (command) {
    case 'run':
    case 'master':
    case 'plan': {
      const { values, sources } = resolved;
      if (values.resumeFile !== undefined) {
        return { value: { script: undefined }, problems: besideResume(words, sources) };
      }
      const named = {
        loadfile: values.loadfile,
        onCommandLine: sources.get('loadfile') === 'command line',
      };
      const script = chooseScript(cwd, words, named, values);
      return script.ok
        ? { value: { script: script.value }, problems: [] }
        : { problems: [script.problem] };
    }
    case 'worker':
      return { problems: [...settleMaster(first, resolved), ...beyond(words, 1)] };
    case 'report': {
      const missing = first === undefined ? ['wanted the run file to report on'] : [];
      const value = { runFile: resolve(cwd, first ?? '') };
      return { value, problems: [...missing, ...beyond(words, 1)] };
    }
    case 'init':
      return { value: { folder: resolve(cwd, first ?? '.') }, problems: beyond(words, 1) };
    case 'ctl': {
      const isGiven = resolved.sources.get('spawnRate') === 'command line';
      const action = readCtlAction(words, isGiven ? resolved.values.spawnRate : undefined);
      return action.ok
        ? { value: { action: action.value }, problems: [] }
        : { problems: [action.problem] };
    }
    case 'target':
    case 'demo':
      return { problems: beyond(words, 0) };
  }
}

function beyond(words: readonly string[], count: number): readonly string[] {
  return words.slice(count).map((word) => `got ${quote(word)}, and wanted nothing more`);
}

/** The worker's one argument is `--master`, too; and without a token no master lets it in. */
function settleMaster(word: string | undefined, resolved: ResolvedOptions): readonly string[] {
  const { values, sources } = resolved;
  const problems: string[] = [];
  if (word !== undefined) {
    const address = masterAddress(word);
    if (!address.ok) problems.push(`the master's address: ${address.problem}`);
    else if (values.masterUrl !== address.value && sources.get('masterUrl') === 'command line') {
      problems.push(`got two masters, ${quote(word)} and the one of --master`);
    } else {
      values.masterUrl = address.value;
      sources.set('masterUrl', 'command line');
    }
  } else if (sources.get('masterUrl') === 'default') {
    problems.push("wanted the master's address, such as 10.0.0.5 or wss://10.0.0.5:5557");
  }
  if (sources.get('token') === 'default' && sources.get('tokenFile') === 'default') {
    problems.push('wanted the join token that the master printed: --token T or --token-file F');
  }
  return problems;
}

function allProblems(command: CommandName, problems: readonly string[]): UsageError {
  const hint = `'katydid ${command} --help' lists the options.`;
  const [only = 'wrong usage'] = problems;
  if (problems.length < 2) return new UsageError(only, { hint });
  const lines = problems.map((problem) => `\n  - ${problem}`);
  return new UsageError(`${problems.length} problems:${lines.join('')}`, { hint });
}
