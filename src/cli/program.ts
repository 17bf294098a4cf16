import { resolve } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { VERSION } from '../base/version.ts';
import { readConfigFile } from './config-file.ts';
import type { Invocation } from './invocation.ts';
import { contradictions, settleToken } from './options/check-options.ts';
import { COMMAND_NAMES, COMMAND_TABLE, isCommandName } from './options/command-table.ts';
import { commandHelp, generalHelp } from './options/help.ts';
import { laterCommandProblem } from './options/not-yet.ts';
import type { OptionLayer } from './options/option-layer.ts';
import type { CommandName } from './options/option-values.ts';
import { isPlain, quote } from './options/quote.ts';
import { type ArgumentLayer, readArguments } from './options/read-arguments.ts';
import { readEnvironment } from './options/read-environment.ts';
import { type ResolvedOptions, resolveOptions } from './options/resolve-options.ts';
import { masterAddress } from './options/value-parsers.ts';
import { chooseScript } from './script-choice.ts';

/** The environment as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Understands a whole command line, with the environment and the configuration file.
 *
 * @param argv - What follows the program's name.
 * @param cwd - Relative paths, those of the configuration file too, are seen from here.
 * @throws {UsageError} With everything that is wrong, not only the first of it.
 */
export async function parseCommandLine(
  argv: readonly string[],
  env: Environment,
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
  env: Environment,
  cwd: string,
): Promise<Invocation> {
  const fromArguments = readArguments(command, args);
  if (fromArguments.wants === 'help') return helpAbout(command);
  if (fromArguments.wants === 'version') return version();
  const layers = await layersOf(command, fromArguments, env, cwd);
  const resolved = resolveOptions(command, layers);
  const problems = [...resolved.problems, ...contradictions(resolved)];
  const tokenProblem = settleToken(resolved);
  if (tokenProblem !== undefined) problems.push(tokenProblem);
  const given = argumentsOf(command, fromArguments.positionals, resolved, cwd);
  // What follows an option that nobody knows may be its value: one complaint is enough.
  if (!fromArguments.hasUnknownOptions) problems.push(...given.problems);
  if (problems.length > 0) throw allProblems(command, problems);
  const { values, sources } = resolved;
  // `resolveOptions` gives every option of this command, each with the type that the table ties to
  // it, and `argumentsOf` what else the command takes, or a problem.
  return { command, options: values, sources, ...given.value } as unknown as Invocation;
}

/** What the places say, the strongest first. */
async function layersOf(
  command: CommandName,
  fromArguments: ArgumentLayer,
  env: Environment,
  cwd: string,
): Promise<readonly OptionLayer[]> {
  const { readsEnvironment, readsConfig } = COMMAND_TABLE[command];
  if (!readsEnvironment) return [fromArguments];
  const fromEnvironment = readEnvironment(env);
  if (!readsConfig) return [fromArguments, fromEnvironment];
  const asked = fromArguments.given.get('configFile') ?? fromEnvironment.given.get('configFile');
  return [fromArguments, fromEnvironment, await readConfigFile(cwd, asked?.texts.at(-1))];
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
      const script = chooseScript(cwd, words, {
        loadfile: resolved.values.loadfile,
        onCommandLine: resolved.sources.get('loadfile') === 'command line',
      });
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
      problems.push(`got two masters, ${quote(word)} and that of --master`);
    } else {
      values.masterUrl = address.value;
      sources.set('masterUrl', 'command line');
    }
  } else if (sources.get('masterUrl') === 'default') {
    problems.push("wanted the master's address, such as ws://10.0.0.5:5557");
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
