import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { parseTargets } from '../../script/bundle/targets-file.ts';
import type { UrlRequests, UrlTarget } from '../../script/bundle/url-script.ts';
import type { UrlOptions } from '../options/table/option-values.ts';
import { quote } from '../options/table/quote.ts';
import { httpUrl, type Parsed } from '../options/table/value-parsers.ts';
import type { ScriptSource } from './invocation.ts';

/** A body travels to every worker within the script, whose limit is 20 MB. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** What the command line says about requests without a load file. */
export type UrlChoice = Partial<UrlOptions>;

/** The requests for one URL of the command line, with their method, headers and body. */
export function urlSource(cwd: string, text: string, options: UrlChoice): Parsed<ScriptSource> {
  const url = httpUrl(text);
  if (!url.ok) return url;
  // The URL stays as it was typed: a page may end in a slash, which a base URL would lose.
  const typed = text.trim();
  return sourceOf(cwd, typed, [{ method: methodOf(options), url: typed }], options);
}

/** The requests that the file of `--targets` lists, with the headers and the body of all of them. */
export function targetsSource(
  cwd: string,
  fileName: string,
  options: UrlChoice,
): Parsed<ScriptSource> {
  const read = readBounded(resolve(cwd, fileName));
  if (typeof read === 'string') return { ok: false, problem: `--targets: ${read}` };
  let targets: readonly [UrlTarget, ...UrlTarget[]];
  try {
    targets = parseTargets(read.toString('utf8'), fileName, methodOf(options));
  } catch (error) {
    return { ok: false, problem: `--targets: ${messageOf(error)}` };
  }
  return sourceOf(cwd, basename(fileName), targets, options);
}

/** The options of `UrlChoice` that were given, as people write them: none of them is for a load file. */
export function givenUrlOptions(options: UrlChoice): readonly string[] {
  return [
    ...(options.method === undefined ? [] : ['--method']),
    ...((options.headers?.length ?? 0) === 0 ? [] : ['--header']),
    ...(options.data === undefined ? [] : ['--data']),
  ];
}

function methodOf({ method, data }: UrlChoice): string {
  return method ?? (data === undefined ? 'GET' : 'POST');
}

function sourceOf(
  cwd: string,
  name: string,
  targets: readonly [UrlTarget, ...UrlTarget[]],
  { headers = [], data }: UrlChoice,
): Parsed<ScriptSource> {
  const body = bodyOf(cwd, data);
  if (typeof body === 'string') return { ok: false, problem: `--data: ${body}` };
  const requests: UrlRequests = {
    name,
    targets,
    headers,
    ...(body === undefined ? {} : { body }),
  };
  return { ok: true, value: { kind: 'url', requests } };
}

/** The body's bytes; a text says what is wrong with it. */
function bodyOf(cwd: string, data: string | undefined): Uint8Array | string | undefined {
  if (data === undefined) return undefined;
  return data.startsWith('@') ? readBounded(resolve(cwd, data.slice(1))) : Buffer.from(data);
}

/** A file's bytes, or what keeps it from being read. */
function readBounded(path: string): Buffer | string {
  const shown = quote(basename(path));
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return `the file ${quote(path)} does not exist`;
    if (!found.isFile()) return `${shown} is no file`;
    if (found.size > MAX_FILE_BYTES) {
      const megabytes = (found.size / 1024 / 1024).toFixed(1);
      return `${shown} has ${megabytes} MB, and at most 10 MB go to workers`;
    }
    return readFileSync(path);
  } catch (error) {
    return `${shown} cannot be read: ${messageOf(error)}`;
  }
}
