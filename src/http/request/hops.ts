import { bodyOverName, type Exchange, type ExchangeLimits } from '../exchange/exchange.ts';
import type { HttpResponse } from '../exchange/http-response.ts';
import type { UserHttp } from '../user/user-http.ts';
import { type Redirect, redirectOf } from './redirect.ts';
import { headerValue, withoutHeaders } from './request-headers.ts';

const COOKIE: ReadonlySet<string> = new Set(['cookie']);

/** Where an answer of 3xx leads; `undefined` where it is final. */
export function redirectIn(exchange: Exchange): Redirect | undefined {
  const { origin, path, method } = exchange.request;
  return redirectOf(exchange.status, exchange.headers.get('location'), method, origin, path);
}

/** The redirects of one request; made at the first of them. */
export class Hops {
  /** The answers that redirected, the first one first. */
  readonly history: HttpResponse[] = [];
  readonly #user: UserHttp;
  readonly #limits: ExchangeLimits;
  /** The `cookie` header that the jar gave to the latest hop; the empty string for none. */
  #jarCookie: string;
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
    if (cookie !== undefined && cookie !== this.#jarCookie) return lines;
    this.#jarCookie = this.#user.cookieHeaderFor(redirect.origin, redirect.path);
    const others = cookie === undefined ? lines : withoutHeaders(lines, COOKIE);
    return this.#jarCookie === '' ? others : [...others, 'cookie', this.#jarCookie];
  }
}
