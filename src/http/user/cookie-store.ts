import { createRequire } from 'node:module';
import type { Cookie, CookieJar, MemoryCookieStore } from 'tough-cookie';
import type { Clock } from '../../base/clock.ts';
import { messageOf, ScriptError } from '../../base/errors.ts';
import { msToUs, secondsToUs } from '../../base/units.ts';

/** Cookie headers kept ready for each user: most of them talk to few paths. */
const MAX_KEPT_HEADERS = 20;

/** Longer headers are made anew each time, so that twenty of them stay small. */
const MAX_KEPT_HEADER_CHARS = 8192;
/** Cookies kept of one domain, as in browsers: those set longest ago go first. */
export const MAX_COOKIES_PER_DOMAIN = 180;
/** Cookies kept of all domains, as in browsers. */
export const MAX_COOKIES = 3000;
/** Counting them with each answer would cost more than to keep some more for a while. */
const MAX_UNCOUNTED = 20;
/** Longest name and value together, in bytes: the standard leaves out longer ones. */
const MAX_COOKIE_BYTES = 4096;

/** Where a cookie that a script sets belongs. */
export interface CookieOptions {
  /** @default the session's base URL */
  readonly url?: string;
  /** @default the host of `url` alone */
  readonly domain?: string;
  /** @default '/' */
  readonly path?: string;
}

/** The cookies of a user, as a script sees them. */
export interface Cookies {
  /** The value that would be sent to `url` (the session's base URL), `undefined` without one. */
  get(name: string, url?: string): string | undefined;
  /**
   * Sets a cookie as a server would.
   *
   * @throws {ScriptError} Where name, value, path or domain cannot be in a cookie of that URL.
   */
  set(name: string, value: string, options?: CookieOptions): void;
  /** Forgets the cookies of that name that would be sent to `url` (the session's base URL). */
  delete(name: string, url?: string): void;
  /** Forgets all of them. */
  clear(): void;
}

/** A header made before, and until when it holds. */
interface KeptHeader {
  readonly header: string;
  readonly expiresUs: number;
}

/**
 * The cookies of one user, by tough-cookie's rules. Nothing is loaded or allocated before the first
 * cookie is set: most users under load never have one. Cookies age by the monotonic clock, so that a wall
 * clock that jumps logs nobody out.
 */
export class CookieStore implements Cookies {
  readonly #clock: Clock;
  readonly #baseUrl: string;
  #jar: CookieJar | undefined;
  /** By URL; made with the first cookie. */
  #kept: Map<string, KeptHeader> | undefined;
  #memory: MemoryCookieStore | undefined;
  /** When each cookie is over, by the clock's microseconds; those that never are have no entry. */
  #ends: WeakMap<Cookie, number> | undefined;
  /** Cookies taken since they were last counted. */
  #uncounted = 0;

  constructor(clock: Clock, baseUrl: string) {
    this.#clock = clock;
    this.#baseUrl = baseUrl;
  }

  get(name: string, url: string = this.#baseUrl): string | undefined {
    const cookies = this.#jar === undefined ? [] : this.#cookiesFor(this.#jar, asSent(url));
    return cookies.find((cookie) => cookie.key === name)?.value;
  }

  set(name: string, value: string, options: CookieOptions = {}): void {
    requireCookie(name, value, options);
    const { Cookie, jar } = this.#open();
    const cookie = new Cookie({
      key: name,
      value,
      path: options.path ?? '/',
      ...(options.domain === undefined ? {} : { domain: options.domain }),
    });
    this.#kept = undefined;
    try {
      jar.setCookieSync(cookie, asSent(options.url ?? this.#baseUrl));
    } catch (error) {
      throw new ScriptError(`cookies.set('${name}'): ${messageOf(error)}`, { cause: error });
    }
    this.#bound(1);
  }

  delete(name: string, url: string = this.#baseUrl): void {
    if (this.#jar === undefined) return;
    this.#kept = undefined;
    for (const { key, domain, path } of this.#cookiesFor(this.#jar, asSent(url))) {
      if (key === name) this.#memory?.removeCookie(domain ?? '', path ?? '', key, ignore);
    }
  }

  clear(): void {
    this.#jar = undefined;
    this.#memory = undefined;
    this.#uncounted = 0;
    this.#kept = undefined;
  }

  /** The value of the `cookie` header for a request; the empty string for none. */
  headerFor(origin: string, path: string): string {
    if (this.#jar === undefined) return '';
    const query = path.indexOf('?');
    const url = origin + (query < 0 ? path : path.slice(0, query));
    const kept = this.#kept?.get(url);
    if (kept !== undefined && this.#clock.nowUs() < kept.expiresUs) return kept.header;
    return this.#makeHeader(this.#jar, url);
  }

  /** Takes in the `set-cookie` lines of an answer; those that the rules forbid are left out. */
  store(origin: string, path: string, lines: readonly string[]): void {
    if (lines.length === 0) return;
    const { jar } = this.#open();
    this.#kept = undefined;
    // Where there are more lines than cookies are kept of a domain, the last ones would push out the others.
    const taken = lines.slice(-MAX_COOKIES_PER_DOMAIN);
    for (const line of taken) {
      const pairEnd = line.indexOf(';');
      const pair = pairEnd < 0 ? line : line.slice(0, pairEnd);
      if (pair.length > MAX_COOKIE_BYTES || isNamelessTrap(pair)) continue;
      const cookie = jar.setCookieSync(line, asSent(origin + path), { ignoreError: true });
      if (cookie !== undefined) this.#age(cookie);
    }
    this.#bound(taken.length);
  }

  /** Forgets the oldest cookies where a domain, or all of them, have more than are kept. */
  #bound(added: number): void {
    this.#uncounted += added;
    if (this.#uncounted < MAX_UNCOUNTED) return;
    this.#uncounted = 0;
    const all = cookiesOf(this.#memory);
    const ofDomain = new Map<string | null, number>();
    for (const [index, { domain, path, key }] of all.entries()) {
      const count = (ofDomain.get(domain) ?? 0) + 1;
      ofDomain.set(domain, count);
      if (count <= MAX_COOKIES_PER_DOMAIN && index < MAX_COOKIES) continue;
      this.#memory?.removeCookie(domain ?? '', path ?? '', key, ignore);
    }
  }

  #makeHeader(jar: CookieJar, url: string): string {
    const cookies = this.#cookiesFor(jar, asSent(url));
    const expiresUs = Math.min(...cookies.map((cookie) => this.#endOf(cookie)));
    const header = cookies.map((cookie) => cookie.cookieString()).join('; ');
    if (header.length > MAX_KEPT_HEADER_CHARS) return header;
    if (this.#kept === undefined || this.#kept.size >= MAX_KEPT_HEADERS) this.#kept = new Map();
    this.#kept.set(url, { header, expiresUs });
    return header;
  }

  #cookiesFor(jar: CookieJar, url: string): Cookie[] {
    const nowUs = this.#clock.nowUs();
    // The jar would go by the wall clock.
    return jar
      .getCookiesSync(url, { expire: false, sort: true })
      .filter((each) => this.#endOf(each) > nowUs);
  }

  #endOf(cookie: Cookie): number {
    return this.#ends?.get(cookie) ?? Number.POSITIVE_INFINITY;
  }

  /** A cookie has come in: how long it has from now. */
  #age(cookie: Cookie): void {
    const { maxAge, expires } = cookie;
    this.#ends ??= new WeakMap();
    const nowUs = this.#clock.nowUs();
    if (typeof maxAge === 'number') this.#ends.set(cookie, nowUs + secondsToUs(maxAge));
    else if (maxAge === '-Infinity') this.#ends.set(cookie, Number.NEGATIVE_INFINITY);
    else if (maxAge === null && expires !== null && expires !== 'Infinity') {
      this.#ends.set(cookie, nowUs + msToUs(expires.getTime() - this.#clock.epochMs()));
    }
  }

  #open(): { readonly Cookie: typeof import('tough-cookie').Cookie; readonly jar: CookieJar } {
    const { Cookie, CookieJar: Jar, MemoryCookieStore: Memory } = loadToughCookie();
    this.#memory ??= new Memory();
    // Targets under load are called localhost, or by bare names, which a browser's rules refuse.
    this.#jar ??= new Jar(this.#memory, { rejectPublicSuffixes: false, looseMode: true });
    return { Cookie, jar: this.#jar };
  }
}

/**
 * A URL whose path the jar compares as it was sent (RFC 6265bis 5.1.4): the jar decodes escapes before it
 * compares, so that a cookie of `/a%20b` would never be sent.
 */
function asSent(url: string): string {
  return url.includes('%') ? url.replaceAll('%', '%25') : url;
}

/**
 * Whether a pair has no name and cannot be kept: an empty one, or one that would be sent as a name that the
 * server did not give (RFC 6265bis 5.7).
 */
function isNamelessTrap(pair: string): boolean {
  const equals = pair.indexOf('=');
  if (equals >= 0 && pair.slice(0, equals).trim() !== '') return false;
  const value = pair.slice(equals + 1).trim();
  return value === '' || value.includes('=') || /^__(?:secure|host)-/i.test(value);
}

const NOT_IN_A_NAME = /[\p{Cc} ()<>@,;:\\"/[\]?={}\u{100}-\u{10ffff}]/u;
const NOT_IN_A_VALUE = /[\p{Cc};\u{100}-\u{10ffff}]|^ | $/u;

/** @throws {ScriptError} Where no server could set such a cookie. */
function requireCookie(name: unknown, value: unknown, { path }: CookieOptions): void {
  const place = `cookies.set(${JSON.stringify(name)})`;
  if (typeof name !== 'string' || name === '' || NOT_IN_A_NAME.test(name)) {
    throw new ScriptError(`${place}: a name is letters, digits and -_.!#$%&'*+^\`|~`);
  }
  if (typeof value !== 'string' || NOT_IN_A_VALUE.test(value)) {
    throw new ScriptError(
      `${place}: a value is a text without ; and control characters; encodeURIComponent makes one of any text`,
    );
  }
  if (path !== undefined && (!path.startsWith('/') || NOT_IN_A_VALUE.test(path))) {
    throw new ScriptError(`${place}: a path begins with / and has no ; or control characters`);
  }
}

/** All cookies of a store, the newest first. */
function cookiesOf(memory: MemoryCookieStore | undefined): readonly Cookie[] {
  const paths = Object.values(memory?.idx ?? {}).flatMap((domain) => Object.values(domain));
  const all = paths.flatMap((path) => Object.values(path));
  return all.sort((a, b) => (b.creationIndex ?? 0) - (a.creationIndex ?? 0));
}

function ignore(): void {
  // A store in memory has nothing to say about it.
}

let toughCookie: typeof import('tough-cookie') | undefined;

/** Synchronous, since cookies arrive in the middle of an answer, and only once for each process. */
function loadToughCookie(): typeof import('tough-cookie') {
  // `require` is untyped; the package's own types say what it gives.
  toughCookie ??= createRequire(import.meta.url)('tough-cookie') as typeof import('tough-cookie');
  return toughCookie;
}
