import { VERSION } from '../../base/version.ts';
import { RequestHead } from '../exchange/exchange.ts';
import type { HeaderFields } from '../user/http-options.ts';

/** What is sent unless the script says otherwise. */
const DEFAULTS: readonly (readonly [string, string])[] = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['user-agent', `katydid/${VERSION}`],
];

/** The default headers ready to send; most requests need nothing else. The list is shared, and never changed. */
export const DEFAULT_LINES: readonly string[] = Object.freeze(DEFAULTS.flat());

/** Heads kept for each session that has headers of its own. */
const MAX_HEADS = 50;

/** Headers that a request makes itself. */
export interface OwnHeaders {
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  /** The empty string for none. */
  readonly cookie: string;
}

/** One result of `headerLines`, and what it was made from. */
interface KeptLines {
  readonly names: readonly string[];
  readonly values: readonly unknown[];
  readonly own: OwnHeaders;
  readonly lines: readonly string[];
}

/**
 * Header lines of one session. Most of its requests have the same ones, and equal lines are then the same
 * list, so that what an engine made of them can be kept with them.
 */
export class SessionLines {
  /** Heads with lines that are kept, by target; made for the first of them. */
  #heads: Map<object, RequestHead> | undefined = undefined;
  /** With a body of some type, and without. */
  #kept: KeptLines | undefined = undefined;
  #keptTyped: KeptLines | undefined = undefined;

  /** Gives what `headerLines` gives, kept from the request before where it can be. Hot where `request` is `undefined`. */
  linesFor(
    session: Record<string, string>,
    request: HeaderFields | undefined,
    own: OwnHeaders,
  ): readonly string[] {
    if (request !== undefined) return headerLines(session, request, own);
    if (isPlain(own) && isEmpty(session)) return DEFAULT_LINES;
    const isTyped = own.contentType !== undefined;
    const kept = isTyped ? this.#keptTyped : this.#kept;
    if (kept !== undefined && isSame(kept, session, own)) return kept.lines;
    const lines = headerLines(session, undefined, own);
    const values = Object.values(session);
    // A list may change without being another: what was made from one is not kept.
    if (values.some((value) => typeof value === 'object' && value !== null)) return lines;
    const made = { names: Object.keys(session), values, own, lines };
    if (isTyped) this.#keptTyped = made;
    else this.#kept = made;
    return lines;
  }

  /**
   * The head of a request with `lines`: the one made before for the same target, where all is the same.
   *
   * @param target - The same object for each request of the same URL, `params` left out.
   */
  headFor(
    method: string,
    target: { readonly origin: string },
    path: string,
    lines: readonly string[],
  ): RequestHead {
    const known = this.#heads?.get(target);
    if (known?.headers === lines && known.method === method && known.path === path) return known;
    const head = new RequestHead(method, target.origin, path, lines);
    if (lines !== this.#kept?.lines && lines !== this.#keptTyped?.lines) return head;
    this.#heads ??= new Map();
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
    this.#heads.set(target, head);
    return head;
  }
}

function isPlain(own: OwnHeaders): boolean {
  return own.contentType === undefined && own.authorization === undefined && own.cookie === '';
}

function isSame(kept: KeptLines, session: Record<string, string>, own: OwnHeaders): boolean {
  if (kept.own.contentType !== own.contentType || kept.own.cookie !== own.cookie) return false;
  if (kept.own.authorization !== own.authorization) return false;
  let index = 0;
  for (const name in session) {
    if (kept.names[index] !== name || kept.values[index] !== session[name]) return false;
    index += 1;
  }
  return index === kept.names.length;
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
  if (request === undefined && isPlain(own) && isEmpty(session)) return DEFAULT_LINES;
  const lines = new Map<string, readonly string[]>();
  for (const [name, value] of DEFAULTS) lines.set(name, [name, value]);
  if (own.contentType !== undefined) setLine(lines, 'content-type', own.contentType);
  if (own.cookie !== '') setLine(lines, 'cookie', own.cookie);
  addFields(lines, session);
  // `auth` of a request is more particular than a header of the session.
  if (own.authorization !== undefined) setLine(lines, 'authorization', own.authorization);
  if (request !== undefined) addFields(lines, request);
  if (own.contentType?.startsWith(MULTIPART)) keepBoundary(lines, own.contentType);
  return [...lines.values()].flat();
}

const MULTIPART = 'multipart/form-data';

/** A type that the script gives without a boundary would be of no use to any server. */
function keepBoundary(lines: Map<string, readonly string[]>, contentType: string): void {
  const given = lines.get('content-type')?.[1] ?? '';
  const lacksBoundary = given.toLowerCase().startsWith(MULTIPART) && !/;\s*boundary=/i.test(given);
  if (lacksBoundary) setLine(lines, 'content-type', contentType);
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
    addPairs(lines, fields);
    return;
  }
  for (const name of Object.keys(fields)) setLine(lines, name, fields[name]);
}

/** A name that comes again in a list of pairs is a further line of it. */
function addPairs(
  lines: Map<string, readonly string[]>,
  fields: Iterable<readonly [string, string]>,
): void {
  const seen = new Set<string>();
  for (const [given, value] of fields) {
    const name = String(given);
    const key = name.toLowerCase();
    const before = seen.has(key) ? (lines.get(key) ?? []) : [];
    setLine(lines, name, value);
    if (before.length > 0) lines.set(key, [...before, ...(lines.get(key) ?? [])]);
    seen.add(key);
  }
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
