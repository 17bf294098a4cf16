import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { GivenOption, OptionLayer } from '../options/read/option-layer.ts';
import { laterOptionProblem } from '../options/table/not-yet.ts';
import { configKeyOf } from '../options/table/option-spec.ts';
import { CONFIGURABLE_OPTIONS, type KeyedOption } from '../options/table/option-table.ts';
import type { OptionKey } from '../options/table/option-values.ts';
import { isPlain, quote } from '../options/table/quote.ts';

/** Looked for in the working directory, in this order. */
const CONFIG_NAMES = ['katydid.config.ts', 'katydid.config.js', 'katydid.config.json'] as const;

const NO_CONFIG: OptionLayer = { source: 'config file', given: new Map(), problems: [] };

const OPTION_BY_KEY: ReadonlyMap<string, KeyedOption> = new Map(
  [...CONFIGURABLE_OPTIONS]
    // The file cannot name another file.
    .filter(([longName]) => longName !== 'config')
    .map(([longName, option]) => [configKeyOf(longName), option]),
);

/**
 * The options that the configuration file sets: the default export of a `.ts` or `.js` file (an
 * object, or a function that returns one), or a JSON object. Never throws: what is wrong is in `problems`.
 *
 * @param declared - Options of the load file.
 * @param asked - The file that `--config` names; `undefined`: the one in `cwd`, if there is one.
 */
export async function readConfigFile(
  cwd: string,
  asked: string | undefined,
  declared: readonly KeyedOption[] = [],
): Promise<OptionLayer> {
  const name = asked ?? CONFIG_NAMES.find((candidate) => existsSync(join(cwd, candidate)));
  if (name === undefined) return NO_CONFIG;
  const path = resolve(cwd, name);
  const shown = asked === undefined ? basename(path) : isPlain(asked) ? asked : quote(asked);
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return failed(`${shown}: this configuration file does not exist`);
    if (found.isDirectory()) return failed(`${shown} is a folder, wanted a configuration file`);
    return layerOf(shown, await contentOf(path), declared);
  } catch (error) {
    return failed(`${shown}${lineOf(error, path)}: ${messageOf(error)}`);
  }
}

/** `:LINE` of the file where an error's stack tells it; for syntax errors that is the stack's head. */
function lineOf(error: unknown, path: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, after] = stack.split(`${pathToFileURL(path).href}:`, 2);
  const line = /^\d+/.exec(after ?? '')?.[0];
  return line === undefined ? '' : `:${line}`;
}

function failed(problem: string): OptionLayer {
  return { ...NO_CONFIG, problems: [problem] };
}

async function contentOf(path: string): Promise<unknown> {
  if (extname(path) === '.json') return parseJson(readFileSync(path, 'utf8'));
  const module: { readonly default?: unknown } = await import(pathToFileURL(path).href);
  const exported = module.default;
  return typeof exported === 'function' ? await exported() : exported;
}

/** Reads JSON; an error names line and column. */
function parseJson(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json);
  } catch (error) {
    const message = messageOf(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    const before = json.slice(0, position === undefined ? json.length : Number(position));
    const lines = before.split('\n');
    const place = `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
    const reason = message.replace(/ in JSON at position.*$| at position.*$/s, '');
    throw new SyntaxError(`no valid JSON at ${place}: ${reason}`, { cause: error });
  }
}

function layerOf(shown: string, content: unknown, declared: readonly KeyedOption[]): OptionLayer {
  const own = new Map(declared.map((option) => [configKeyOf(option.spec.long), option]));
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    const found = content === undefined ? 'no default export' : describe(content);
    return failed(`${shown}: wanted an object with options, and found ${found}`);
  }
  const given = new Map<OptionKey, GivenOption>();
  const problems: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    const option = OPTION_BY_KEY.get(key) ?? own.get(key);
    if (option === undefined) problems.push(`${shown}: ${unknownProblem(key)}`);
    else if (value !== undefined && value !== null) {
      const texts = textsOf(option, value);
      const label = `${shown}: ${key}`;
      if (typeof texts === 'string') problems.push(`${label}: ${texts}`);
      // An empty list is as good as none, and leaves the option's default.
      else if (texts.length > 0) given.set(option.key, { label, texts });
    }
  }
  return { source: 'config file', given, problems };
}

function unknownProblem(key: string): string {
  const asOption = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const later = laterOptionProblem(asOption);
  if (later !== undefined) return `${key}: ${later}`;
  const nearest = nearestName(key, OPTION_BY_KEY.keys());
  const question = nearest === undefined ? '' : `: did you mean ${nearest}?`;
  return `unknown option ${quote(key)}${question}`;
}

/** The value as the texts of a command line, or what is wrong with its type. */
function textsOf({ spec }: KeyedOption, value: unknown): readonly string[] | string {
  switch (spec.kind) {
    case 'flag':
      if (typeof value === 'boolean') return [String(value)];
      // A switch that has grades, such as `trace`.
      if (typeof value === 'string' && spec.valueName !== '') return [value];
      return `got ${describe(value)}, wanted true or false`;
    case 'value':
      if (isScalar(value)) return [String(value)];
      return `got ${describe(value)}, wanted ${spec.valueName} as a string or number`;
    case 'list':
      if (typeof value === 'string') return [value];
      if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
      return `got ${describe(value)}, wanted an array of strings`;
    case 'pairs':
      return pairTexts(spec.valueName, value);
  }
}

function pairTexts(valueName: string, value: unknown): readonly string[] | string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isObject ? Object.entries(value) : [];
  if (isObject && entries.every(([, item]) => isScalar(item) || typeof item === 'boolean')) {
    return entries.map(([key, item]) => `${key}=${String(item)}`);
  }
  return `got ${describe(value)}, wanted an object of ${valueName}, or an array of such strings`;
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

/** A value as a message shows it. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object') return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
