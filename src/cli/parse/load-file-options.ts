import { readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { bundleScript } from '../../script/bundle/bundle.ts';
import type { ScriptBundle } from '../../script/bundle/script-bundle.ts';
import { type DeclaredOption, declaredOptions } from '../../script/host/define-options.ts';
import { enterProcess } from '../../script/host/script-process.ts';
import { loadScript } from '../../script/load/load-script.ts';
import { captureConsole } from '../../script/trace/console-capture.ts';
import type { CommandName } from '../options/table/option-values.ts';

const EXTENSIONS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);
const DEFINES_OPTIONS = 'defineOptions';
const DEFAULT_NAMES: readonly string[] = ['loadfile.ts', 'loadfile.js'];

/** Whether a command takes a load file, and so its options. */
export function takesLoadFile(command: CommandName): boolean {
  return command === 'run' || command === 'master' || command === 'plan';
}

/**
 * The load file that a command line means, as far as that can be told before its own options are known:
 * their values look like arguments.
 *
 * @param named - What `-f` or the configuration says.
 * @returns An absolute path; `undefined` where there is none.
 */
export function likelyLoadFile(
  cwd: string,
  words: readonly string[],
  named: string | undefined,
  allowDefault: boolean,
): string | undefined {
  const word = words.find((each) => EXTENSIONS.has(extname(each)) && isFile(resolve(cwd, each)));
  if (word !== undefined) return resolve(cwd, word);
  if (named !== undefined) return isFile(resolve(cwd, named)) ? resolve(cwd, named) : undefined;
  if (!allowDefault || words.some((each) => each.includes('://'))) return undefined;
  return DEFAULT_NAMES.map((name) => resolve(cwd, name)).find(isFile);
}

/**
 * The options that a load file declares. Loads it only where it seems to declare any.
 *
 * @param scriptEnv - Texts of `-e`: set before it loads.
 * @throws {ScriptError} Where it declares options and does not load.
 */
export async function optionsOfLoadFile(
  path: string,
  scriptEnv: readonly string[],
): Promise<readonly DeclaredOption[]> {
  const bundle = await bundleWithOptions(path);
  if (bundle === undefined) return [];
  for (const text of scriptEnv) {
    const split = text.indexOf('=');
    if (split > 0) process.env[text.slice(0, split)] = text.slice(split + 1);
  }
  // It will be loaded again for the run, and print then.
  const restore = captureConsole(() => undefined);
  try {
    enterProcess({ role: 'master', workerIndex: -1, workerCount: 0, host: '', options: {} });
    await loadScript(bundle);
    return declaredOptions();
  } finally {
    restore();
  }
}

async function bundleWithOptions(path: string): Promise<ScriptBundle | undefined> {
  try {
    const bundle = await bundleScript(path);
    return bundle.code.includes(DEFINES_OPTIONS) ? bundle : undefined;
  } catch (error) {
    if (readFileSync(path, 'utf8').includes(DEFINES_OPTIONS)) throw error;
    // Loading it for the run will say what is wrong, after what is wrong with the command line.
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Not there, or out of reach, or no possible name.
    return false;
  }
}
