import { bodyOverName, type Exchange, type ExchangeLimits } from '../exchange/exchange.ts';
import type { HttpResponse } from '../exchange/http-response.ts';
import type { UserHttp } from '../user/user-http.ts';
import { type Redirect, redirectOf } from './redirect.ts';
import { headerValue, withoutHeaders } from './request-headers.ts';

const COOKIE: ReadonlySet<string> = new Set(['cookie']);

/**
 * Where an answer of 3xx leads, as `redirectOf` has it. A `location` that is there twice counts once; of two
 * that differ none is the right one.
 */
export function redirectIn(exchange: Exchange): ReturnType<typeof redirectOf> {
  const { origin, path, method } = exchange.request;
  const [location, ...others] = exchange.headers.getAll('location');
  const redirect = redirectOf(exchange.status, location, method, origin, path);
  const isClear = others.every((other) => other === location);
  return redirect === undefined || isClear ? redirect : 'bad redirect';
}

/** The redirects of one request; made at the first of them. */
export class RedirectChain {
  /** The answers that redirected, the first one first. */
  readonly history: HttpResponse[] = [];
  readonly #user: UserHttp;
  readonly #limits: ExchangeLimits;
  /** The `cookie` header that the jar gave to the latest hop; the empty string for none. */
  #jarCookie: string;
  /** The `cookie` header that the script gave with the request; `undefined` without. */
  #ownCookie: string | undefined = undefined;
  /** Length of the bodies in the history, which are kept as long as the answer is. */
  #historyBytes = 0;

  /** @param jarCookie - The `cookie` header that the jar gave to the request itself. */
  constructor(user: UserHttp, limits: ExchangeLimits, jarCookie: string) {
    this.#user = user;
    this.#limits = limits;
    this.#jarCookie = jarCookie;
  }

  /** Why `redirect`, to which the answer in `exchange` leads, is not followed; `undefined` where it is. */
  problemWith(exchange: Exchange, redirect: Redirect): string | undefined {
    const { maxRedirects } = this.#user.settings;
    if (this.history.length >= maxRedirects) return `too many redirects (${maxRedirects})`;
    this.#historyBytes += exchange.bodyBytes;
    const { maxBodyBytes } = this.#limits;
    if (this.#historyBytes > maxBodyBytes) return bodyOverName(maxBodyBytes);
    const body = exchange.requestBody;
    const isStream = body !== null && !(body instanceof Uint8Array);
    return redirect.keepsBody && isStream ? 'redirect of a streamed body' : undefined;
  }

  /** The header lines of the next hop. The jar gives it the cookies of its own URL. */
  linesFor(redirect: Redirect, exchange: Exchange): readonly string[] {
    const lines = withoutHeaders(exchange.request.headers, redirect.dropped);
    const cookie = headerValue(lines, 'cookie');
    if (this.#ownCookie === undefined && cookie !== undefined && cookie !== this.#jarCookie) {
      this.#ownCookie = cookie;
    }
    this.#jarCookie = this.#user.cookieHeaderFor(redirect.origin, redirect.path);
    // Cookies of the script's own go no further than their header does.
    const own = cookie === undefined ? '' : (this.#ownCookie ?? '');
    const sent = withOwnCookies(own, this.#jarCookie);
    const others = cookie === undefined ? lines : withoutHeaders(lines, COOKIE);
    return sent === '' ? others : [...others, 'cookie', sent];
  }
}

/** The script's own cookies beside the jar's, which win: a server may have just changed one. */
function withOwnCookies(own: string, jar: string): string {
  if (own === '' || jar === '') return own + jar;
  const names = new Set(jar.split('; ').map(nameOfPair));
  const kept = own.split(/;\s*/).filter((pair) => pair !== '' && !names.has(nameOfPair(pair)));
  return [...kept, jar].join('; ');
}

function nameOfPair(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}
