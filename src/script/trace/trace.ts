import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { fieldOf, isError, textOf, UNREADABLE } from '../../base/thrown.ts';
import type { SourcePlace } from './code-frame.ts';
import { isBundleUrl, sourcePlace } from './script-sources.ts';

const MAX_TRACE_BYTES = 32 * 1024;
const MAX_FRAMES = 50;
const MAX_CAUSES = 5;

/** katydid's own files, which users need not see in a stack. */
const OWN_FOLDER = new URL('../..', import.meta.url).href;
const OWN_FOLDERS: readonly string[] = [OWN_FOLDER, fileURLToPath(OWN_FOLDER)];

/**
 * What was thrown, its stack in the user's own files and its causes; at most 32 kB. Frames of katydid
 * and of Node are left out.
 *
 * @param where - The part of the script that threw, which is said where its stack does not.
 */
export function traceOf(thrown: unknown, where = ''): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  let current = thrown;
  while (parts.length <= MAX_CAUSES && !seen.has(current)) {
    seen.add(current);
    parts.push(traceOfOne(current));
    const cause = causeOf(current);
    if (cause === undefined) break;
    current = cause;
  }
  const trace = parts.join('\ncaused by: ');
  const isPlaceKnown = where === '' || placeOf(thrown) !== undefined;
  return bounded(
    isPlaceKnown
      ? trace
      : `${bounded(parts[0] ?? '')}\n    in ${where}${trace.slice(parts[0]?.length)}`,
  );
}

/** The innermost place of the user's own code in the stack of `thrown`, if there is one. */
export function placeOf(thrown: unknown): SourcePlace | undefined {
  for (const line of stackOf(thrown).split('\n')) {
    const frame = parseFrame(line) ?? parseHeading(line);
    if (frame === undefined) continue;
    const place = sourcePlace(frame.url, frame.line, frame.column);
    if (place !== undefined) return place;
  }
  return undefined;
}

interface Frame {
  /** What stands before the place, as in `Shopper.front`; empty at the top of a module. */
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

function traceOfOne(thrown: unknown): string {
  if (!isError(thrown)) return bounded(shownValue(thrown));
  const lines = stackOf(thrown).split('\n');
  const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
  const frames = firstFrame === -1 ? [] : lines.slice(firstFrame);
  const shown = frames.flatMap((line) => shownFrame(line)).slice(0, MAX_FRAMES);
  return bounded([headOf(thrown), ...shown].join('\n'));
}

/** `Name: message`. The stack does not have it where the message was changed after the error was made. */
function headOf(error: Error): string {
  const name = textOf(error, 'name') || 'Error';
  const message = textOf(error, 'message');
  return message === '' ? name : `${name}: ${message}`;
}

function shownFrame(line: string): readonly string[] {
  const frame = parseFrame(line);
  if (frame === undefined) return [];
  const place = sourcePlace(frame.url, frame.line, frame.column);
  if (place === undefined) {
    return isForeign(frame.url) ? [] : [`    ${line.trim()}`];
  }
  const shown = `${place.file}:${place.line}:${place.column}`;
  return [frame.name === '' ? `    at ${shown}` : `    at ${frame.name} (${shown})`];
}

/** Whether a file that is in no bundle is not the user's either. */
function isForeign(url: string): boolean {
  // A script's own packages are in its bundle, so packages outside of it are katydid's. Code of a bundle
  // without a source is esbuild's own support code.
  return (
    url.startsWith('node:') ||
    url.includes('/node_modules/') ||
    isBundleUrl(url) ||
    OWN_FOLDERS.some((folder) => url.startsWith(folder))
  );
}

/** A frame as V8 prints it: `at name (url:line:column)` or `at url:line:column`. */
function parseFrame(line: string): Frame | undefined {
  const [, name = '', url, row, column] =
    /^\s+at (?:(.+?) \()?(?:async )?((?:file:|node:|\/).*?):(\d+):(\d+)\)?$/.exec(line) ?? [];
  if (url === undefined) return undefined;
  // Classes with decorators carry an inner name in the bundle.
  return {
    name: name.replace(/(^|[ .])_(?=[A-Z])/g, '$1'),
    url,
    line: Number(row),
    column: Number(column),
  };
}

/** The first line of a syntax error's stack: `url:line`. */
function parseHeading(line: string): Frame | undefined {
  const [, url, row] = /^(file:.*?):(\d+)$/.exec(line) ?? [];
  return url === undefined ? undefined : { name: '', url, line: Number(row), column: 1 };
}

function stackOf(thrown: unknown): string {
  return isError(thrown) ? textOf(thrown, 'stack') : '';
}

function causeOf(thrown: unknown): unknown {
  return isError(thrown) ? fieldOf(thrown, 'cause') : undefined;
}

/** A thrown value that is no error; it may have its own idea of how it is shown. */
function shownValue(thrown: unknown): string {
  try {
    return inspect(thrown, { depth: 2 });
  } catch {
    return UNREADABLE;
  }
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) <= MAX_TRACE_BYTES) return text;
  const cut = Buffer.from(text.slice(0, MAX_TRACE_BYTES)).subarray(0, MAX_TRACE_BYTES - 4);
  // The cut may go through a character, which then shows as the replacement character.
  return `${cut.toString().replace(/\uFFFD+$/, '')}…`;
}
