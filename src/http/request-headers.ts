import { VERSION } from '../base/version.ts';
import type { HeaderFields } from './http-options.ts';

/** What is sent unless the script says otherwise. */
const DEFAULTS: readonly (readonly [string, string])[] = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['user-agent', `katydid/${VERSION}`],
];

/** The same, ready to send: most requests need nothing else. Shared, so never changed. */
const DEFAULT_LINES: readonly string[] = Object.freeze(DEFAULTS.flat());

/** Headers that a request makes itself. */
export interface OwnHeaders {
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  /** The empty string for none. */
  readonly cookie: string;
}

/**
 * The header lines of a request: name, value, name, value …. The request's own headers win over the
 * session's, these over what katydid sets; names in any case, sent as written.
 */
export function headerLines(
  session: HeaderFields,
  request: HeaderFields | undefined,
  own: OwnHeaders,
): readonly string[] {
  const isPlain =
    own.contentType === undefined && own.authorization === undefined && own.cookie === '';
  if (isPlain && request === undefined && isEmpty(session)) return DEFAULT_LINES;
  const lines = new Map<string, readonly string[]>();
  for (const [name, value] of DEFAULTS) lines.set(name, [name, value]);
  if (own.contentType !== undefined) setLine(lines, 'content-type', own.contentType);
  if (own.cookie !== '') setLine(lines, 'cookie', own.cookie);
  addFields(lines, session);
  // `auth` of a request is more particular than a header of the session.
  if (own.authorization !== undefined) setLine(lines, 'authorization', own.authorization);
  if (request !== undefined) addFields(lines, request);
  return [...lines.values()].flat();
}

/** The lines without those whose lower-case name is in `names`. */
export function withoutHeaders(lines: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index < lines.length; index += 2) {
    const name = lines[index] ?? '';
    if (!names.has(name.toLowerCase())) kept.push(name, lines[index + 1] ?? '');
  }
  return kept;
}

function isEmpty(fields: HeaderFields): boolean {
  for (const _ in fields) return false;
  return !(Symbol.iterator in fields);
}

function addFields(lines: Map<string, readonly string[]>, fields: HeaderFields): void {
  if (isPairs(fields)) {
    for (const [name, value] of fields) setLine(lines, String(name), value);
    return;
  }
  for (const name of Object.keys(fields)) setLine(lines, name, fields[name]);
}

function isPairs(fields: HeaderFields): fields is Iterable<readonly [string, string]> {
  return Symbol.iterator in fields;
}

function setLine(
  lines: Map<string, readonly string[]>,
  name: string,
  value: string | number | readonly string[] | null | undefined,
): void {
  const key = name.toLowerCase();
  if (value === undefined || value === null) lines.delete(key);
  else if (typeof value === 'object')
    lines.set(
      key,
      value.flatMap((one) => [name, String(one)]),
    );
  else lines.set(key, [name, String(value)]);
}

/** The first value of a header in `lines`; `undefined` without. */
export function headerValue(lines: readonly string[], name: string): string | undefined {
  for (let index = 0; index < lines.length; index += 2) {
    if (lines[index]?.toLowerCase() === name) return lines[index + 1];
  }
  return undefined;
}
