import { UsageError } from '../../base/errors.ts';
import type { UrlTarget } from './url-script.ts';

/** Mistakes shown at once; further ones mostly follow from these. */
const MAX_MISTAKES = 10;

/** The longest piece of a line that a message repeats, in characters. */
const MAX_SHOWN = 60;

const METHOD = /^[A-Z][A-Z-]{0,30}$/i;

/**
 * Reads a file of targets: one `METHOD URL` a line, or a URL alone. Empty lines and lines that begin
 * with `#` are passed over. A URL may be a path, which goes behind `--host`.
 *
 * @param fileName - For messages.
 * @param method - The method of lines that name none, in capitals.
 * @returns At least one target, in the order of the lines.
 * @throws {UsageError} With the lines that are no targets, or where there are none at all.
 */
export function parseTargets(
  text: string,
  fileName: string,
  method: string,
): readonly [UrlTarget, ...UrlTarget[]] {
  const targets: UrlTarget[] = [];
  const mistakes: string[] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n|\r/)
    .entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) continue;
    const problem = problemOf(words);
    if (problem !== undefined) mistakes.push(`${fileName}:${index + 1}: ${problem}`);
    else if (words.length === 1) targets.push({ method, url: words[0] ?? '' });
    else targets.push({ method: (words[0] ?? '').toUpperCase(), url: words[1] ?? '' });
  }
  if (mistakes.length > 0) throw new UsageError(listed(mistakes));
  const [first, ...others] = targets;
  if (first === undefined) {
    throw new UsageError(`${fileName}: no targets, wanted lines such as GET https://example.org/`);
  }
  return [first, ...others];
}

function problemOf(words: readonly string[]): string | undefined {
  const [first = '', second] = words;
  if (words.length > 2) return `got ${shown(words.join(' '))}, wanted METHOD URL`;
  if (second !== undefined && !isMethod(first)) {
    return `got ${shown(first)}, wanted a method such as GET or POST`;
  }
  const url = second ?? first;
  if (/^\/(?!\/)/.test(url)) return undefined;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    return `got ${shown(url)}, wanted a URL such as https://example.org/path`;
  }
  if (parsed.username === '' && parsed.password === '') return undefined;
  return 'the URL carries a user name or password, which would show in every report';
}

/** Whether a text can be the method of a request; `CONNECT` asks a proxy for a tunnel, and is none. */
export function isMethod(text: string): boolean {
  return METHOD.test(text) && text.toUpperCase() !== 'CONNECT';
}

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text);
}

function listed(mistakes: readonly string[]): string {
  const [only = ''] = mistakes;
  if (mistakes.length === 1) return only;
  const lines = mistakes.slice(0, MAX_MISTAKES);
  const left = mistakes.length - lines.length;
  if (left > 0) lines.push(`and ${left} more`);
  return lines.join('\n');
}
