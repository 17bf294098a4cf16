import { statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { isPlain, quote } from '../options/table/quote.ts';
import type { Parsed } from '../options/table/value-parsers.ts';
import type { ScriptChoice, ScriptSource } from './invocation.ts';
import { givenUrlOptions, targetsSource, type UrlChoice, urlSource } from './url-source.ts';

/** Looked for in the working directory where no load file is named, in this order. */
const DEFAULT_NAMES = ['loadfile.ts', 'loadfile.js'] as const;

const LOADFILE_EXTENSIONS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Reads `[loadfile | URL] [UserClass…]`. The first word is a class of the default load file where it
 * could be the name of one and no such file exists.
 *
 * @param named - The load file of `-f`, the environment or the configuration file: all words are then
 *   classes, unless the first is plainly a load file and `named` is not from the command line.
 * @param request - What there is besides the URL, where the requests are made without a load file.
 */
export function chooseScript(
  cwd: string,
  words: readonly string[],
  named: { readonly loadfile: string | undefined; readonly onCommandLine: boolean },
  request: UrlChoice = {},
): Parsed<ScriptChoice> {
  const { targetsFile } = request;
  if (targetsFile !== undefined) return chooseTargets(cwd, words, targetsFile, request);
  const [first, ...rest] = words;
  const firstIsLoadfile = first !== undefined && !isClassName(cwd, first);
  const wins = named.loadfile === undefined || !named.onCommandLine;
  const word = firstIsLoadfile && wins ? first : undefined;
  const userClasses = word === undefined ? words : rest;
  const stranger = userClasses.find((name) => !IDENTIFIER.test(name));
  if (stranger !== undefined) {
    return bad(`got ${quote(stranger)} where the name of a user class is wanted`);
  }
  const source = sourceOf(cwd, word ?? named.loadfile, request);
  return source.ok ? { ok: true, value: { source: source.value, userClasses } } : source;
}

function bad<T>(problem: string): Parsed<T> {
  return { ok: false, problem };
}

function isClassName(cwd: string, word: string): boolean {
  return IDENTIFIER.test(word) && kindOf(resolve(cwd, word)) === 'nothing';
}

/** `--targets` takes the place of the URL, and of the load file. */
function chooseTargets(
  cwd: string,
  words: readonly string[],
  fileName: string,
  request: UrlChoice,
): Parsed<ScriptChoice> {
  const [first] = words;
  if (first !== undefined) return bad(`got ${quote(first)}, wanted nothing beside --targets`);
  const source = targetsSource(cwd, fileName, request);
  return source.ok ? { ok: true, value: { source: source.value, userClasses: [] } } : source;
}

function sourceOf(cwd: string, name: string | undefined, request: UrlChoice): Parsed<ScriptSource> {
  if (name !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
    return urlSource(cwd, name, request);
  }
  const file = name === undefined ? defaultSource(cwd) : fileSource(cwd, name);
  const [stray] = givenUrlOptions(request);
  if (!file.ok || stray === undefined) return file;
  return bad(`${stray}: wanted a URL, and got a load file, which makes its requests itself`);
}

function fileSource(cwd: string, name: string): Parsed<ScriptSource> {
  const path = resolve(cwd, name);
  const kind = kindOf(path);
  if (kind === 'folder') return bad(`${quote(name)} is a folder, wanted a load file`);
  if (kind === 'nothing') return missing(name);
  if (extname(path) === '.py') {
    return bad(`${quote(name)} is Python; katydid init writes a load file in TypeScript`);
  }
  if (!LOADFILE_EXTENSIONS.has(extname(path))) {
    return bad(`${quote(name)} is no load file: wanted .ts, .mts, .js or .mjs`);
  }
  return { ok: true, value: { kind: 'file', path } };
}

function missing<T>(name: string): Parsed<T> {
  if (/^[\w.-]+:\d+(\/|$)/.test(name) && isPlain(name)) return bad(`did you mean http://${name}?`);
  const many = name.includes(',') ? '; katydid takes one, which may import others' : '';
  return bad(`the load file ${quote(name)} does not exist${many}`);
}

function defaultSource(cwd: string): Parsed<ScriptSource> {
  for (const name of DEFAULT_NAMES) {
    const path = join(cwd, name);
    if (kindOf(path) === 'file') return { ok: true, value: { kind: 'file', path } };
  }
  return bad(
    `no load file: looked for ${DEFAULT_NAMES.join(' and ')} in ${cwd}; ` +
      'name one, or let katydid init write one',
  );
}

function kindOf(path: string): 'file' | 'folder' | 'nothing' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    // Not there, or out of reach, or no possible name: nothing that could be loaded.
    return 'nothing';
  }
}
