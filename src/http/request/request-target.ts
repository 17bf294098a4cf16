import { withoutCredentials } from '../../base/url-credentials.ts';
import type { ExchangeName, ExchangeSink } from '../../measure/exchange-sink.ts';
import { basicAuthorization } from '../exchange/basic-authorization.ts';
import { RequestHead } from '../exchange/exchange.ts';
import { DEFAULT_LINES } from './request-headers.ts';

/** Where a request goes and what it is called; one object for all requests for the same. */
export class RequestTarget {
  /** Normalised; the default port left out. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  /** As the script gave it, without user and password. */
  readonly name: string;
  /** Header made from `user:password@` of the URL. */
  readonly authorization: string | undefined;
  /** The heads that most requests have: no headers but the default ones. By method. */
  readonly #plainHeads = new Map<string, RequestHead>();
  #plainGet: RequestHead | undefined = undefined;
  /** The name that `#countedBy` gave it for `#countedMethod`. Users of one process share it. */
  #counted: ExchangeName | undefined = undefined;
  #countedBy: ExchangeSink | undefined = undefined;
  #countedMethod = '';

  constructor(origin: string, path: string, name: string, authorization?: string) {
    this.origin = origin;
    this.path = path;
    this.name = name;
    this.authorization = authorization;
  }

  /** The absolute URL. */
  get url(): string {
    return this.origin + this.path;
  }

  /** The name of `sink` for requests that have none of their own. The latest is kept, which saves a look-up. */
  countedAs(sink: ExchangeSink, method: string): ExchangeName {
    const known = this.#counted;
    if (known !== undefined && this.#countedBy === sink && this.#countedMethod === method)
      return known;
    const counted = sink.nameOf(method, this.name);
    this.#counted = counted;
    this.#countedBy = sink;
    this.#countedMethod = method;
    return counted;
  }

  /** The head with `DEFAULT_LINES` alone. */
  plainHead(method: string): RequestHead {
    if (method === 'GET') {
      this.#plainGet ??= new RequestHead(method, this.origin, this.path, DEFAULT_LINES);
      return this.#plainGet;
    }
    const known = this.#plainHeads.get(method);
    if (known !== undefined) return known;
    const head = new RequestHead(method, this.origin, this.path, DEFAULT_LINES);
    // A script that makes methods up must not fill the memory.
    if (this.#plainHeads.size < MAX_METHODS) this.#plainHeads.set(method, head);
    return head;
  }
}

const MAX_METHODS = 20;

/** Paths that `new URL` would leave as they are: plain characters, no empty query, no fragment. */
const PLAIN_PATH = /^\/(?!\/)[\w\-~!$&()*+,;=:@%/?.]*(?<!\?)$/;
/** A segment that begins with a dot, as it is or escaped: it may lead upwards. */
const DOT_SEGMENT = /\/(?:\.|%2e)/i;
/** What the URL standard strips. */
const OUTER_SPACE = /^[\p{Cc} ]|[\p{Cc} ]$/u;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;

/** Paths kept for each base URL; scripts with unbounded paths start over, which costs what a miss costs. */
const MAX_PATHS = 2000;
const MAX_BASES = 1000;

/** The header for `user:password@` of a URL; `undefined` without. */
function authorizationOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return basicAuthorization(decodeURIComponent(url.username), decodeURIComponent(url.password));
}

/** An absolute `http:` or `https:` URL; `undefined` for anything else. */
export function parseHttpUrl(text: string, base?: string): URL | undefined {
  const url = URL.parse(text, base);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
}

/** Path and query as they are sent; a query that is there and empty stays (RFC 3986 6.2.3). */
export function pathAndQuery({ pathname, search, href, hash }: URL): string {
  const hasEmptyQuery = search === '' && href.slice(0, href.length - hash.length).endsWith('?');
  return pathname + (hasEmptyQuery ? '?' : search);
}

/**
 * Resolves what scripts ask for against one base URL, as Locust does: the path is put behind the base,
 * path of the base included; absolute URLs are taken as they are.
 */
export class TargetResolver {
  readonly #base: URL | undefined;
  readonly #basePath: string;
  readonly #baseAuthorization: string | undefined;
  readonly #known = new Map<string, RequestTarget>();

  /** @param baseUrl - With scheme; where it is no HTTP URL, only absolute URLs resolve. */
  constructor(baseUrl: string) {
    this.#base = parseHttpUrl(baseUrl);
    this.#basePath = (this.#base?.pathname ?? '').replace(/\/+$/, '');
    this.#baseAuthorization =
      this.#base === undefined ? undefined : safely(authorizationOf, this.#base);
  }

  /** Cheap for a path that was seen before; `undefined` where it is no URL that can be asked for. */
  resolve(url: string): RequestTarget | undefined {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    // As in every browser: space around a URL is none of it.
    const text = OUTER_SPACE.test(url) ? url.trim() : url;
    const target = ABSOLUTE.test(text) ? absoluteTarget(text) : this.#relative(text);
    if (target === undefined) return undefined;
    if (this.#known.size >= MAX_PATHS) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }

  #relative(path: string): RequestTarget | undefined {
    if (this.#base === undefined) return undefined;
    const { origin } = this.#base;
    const whole = path === '' || path[0] === '/' || path[0] === '?' ? path : `/${path}`;
    const authorization = this.#baseAuthorization;
    if (PLAIN_PATH.test(whole) && !DOT_SEGMENT.test(whole)) {
      return new RequestTarget(origin, this.#basePath + whole, path, authorization);
    }
    const url = parseHttpUrl(origin + this.#basePath + whole);
    if (url === undefined) return undefined;
    const name = path === '' ? '/' : path;
    return new RequestTarget(origin, pathAndQuery(url), name, authorization);
  }
}

function absoluteTarget(text: string): RequestTarget | undefined {
  const url = parseHttpUrl(text);
  if (url === undefined) return undefined;
  const authorization = safely(authorizationOf, url);
  const name = withoutCredentials(text);
  return new RequestTarget(url.origin, pathAndQuery(url), name, authorization);
}

/** A percent sign in a user name that is no escape is no reason to refuse the URL. */
function safely(make: (url: URL) => string | undefined, url: URL): string | undefined {
  try {
    return make(url);
  } catch {
    return undefined;
  }
}

const resolvers = new Map<string, TargetResolver>();

/** The resolver for a base URL, shared by all users of it: it is a pure function with a memory. */
export function resolverFor(baseUrl: string): TargetResolver {
  const known = resolvers.get(baseUrl);
  if (known !== undefined) return known;
  if (resolvers.size >= MAX_BASES) resolvers.clear();
  const resolver = new TargetResolver(baseUrl);
  resolvers.set(baseUrl, resolver);
  return resolver;
}
