import type { Cookies } from './cookie-store.ts';
import type { RequestOptions } from './http-options.ts';
import type { HttpResponse } from './http-response.ts';
import { type RequestPlan, RequestRun } from './request-run.ts';
import { resolverFor, type TargetResolver } from './request-target.ts';
import { measuredFetch } from './session-fetch.ts';
import { UserCut } from './user-cut.ts';
import { UserHttp, type UserHttpParts } from './user-http.ts';

/** What `HttpSession` is made from: where results go, the engine, the clock, the base URL. */
export type SessionParts = UserHttpParts;

/** What a session made from another has of its own. */
export interface SessionExtension {
  /** Another base URL; paths are put behind it. */
  readonly baseUrl?: string;
  /** On top of the headers that the first session has now. */
  readonly headers?: Record<string, string>;
}

const NO_OPTIONS: RequestOptions = {};

/**
 * The HTTP client of one user, `this.client` in a load file: its own connections, cookies and headers.
 * A request that fails never throws; see `HttpResponse.error`.
 */
export class HttpSession {
  /** Sent with every request; a request's own headers win. May be changed at any time. */
  headers: Record<string, string>;
  /** What requests without a `name` of their own are counted under; `undefined` for their path. */
  requestName: string | undefined = undefined;
  readonly #baseUrl: string;
  readonly #resolver: TargetResolver;
  readonly #user: UserHttp;
  #fetch: typeof fetch | undefined = undefined;

  /** @param shared - Of the session that this one extends: connections, cookies, due time. */
  constructor(parts: SessionParts, shared: UserHttp = new UserHttp(parts)) {
    this.headers = {};
    this.#baseUrl = parts.baseUrl;
    this.#resolver = resolverFor(parts.baseUrl);
    this.#user = shared;
  }

  /** What paths are put behind. */
  get baseUrl(): string {
    return this.#baseUrl;
  }

  /** The cookies of this user. */
  get cookies(): Cookies {
    return this.#user.cookies;
  }

  /** GET. */
  get(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('GET', url, options);
  }

  /** POST. */
  post(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('POST', url, options);
  }

  /** PUT. */
  put(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('PUT', url, options);
  }

  /** PATCH. */
  patch(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('PATCH', url, options);
  }

  /** DELETE. */
  delete(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('DELETE', url, options);
  }

  /** HEAD. */
  head(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('HEAD', url, options);
  }

  /** OPTIONS. */
  options(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('OPTIONS', url, options);
  }

  /**
   * A request of any method.
   *
   * @param url - A path behind the base URL, or an absolute URL.
   * @returns The answer, failed or not: rejects with `UserCut` where the user was cut, and with nothing else.
   */
  request(
    method: string,
    url: string | URL,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<HttpResponse> {
    if (this.#user.isCut) return rejected(new UserCut());
    const askedUs = this.#user.clock.nowUs();
    // A script in JavaScript may pass anything: `undefined` makes a bad URL, no exception.
    const plan = this.#plan(method, String(url), options ?? NO_OPTIONS, askedUs);
    const run = new RequestRun(this.#user, plan);
    run.start();
    return run.promise;
  }

  /** `fetch` as the platform has it, but by this user's connections and measured; may be handed to an SDK. */
  get fetch(): typeof fetch {
    this.#fetch ??= measuredFetch({
      baseUrl: this.#baseUrl,
      begin: (method, url, name, options) => {
        if (this.#user.isCut) throw new UserCut();
        const askedUs = this.#user.clock.nowUs();
        const named = this.requestName ?? name;
        const plan = this.#plan(method, url, { ...options, name: named }, askedUs);
        return new RequestRun(this.#user, plan);
      },
    });
    return this.#fetch;
  }

  /** Counts all requests that `fn` makes under `name`. */
  async renameRequest<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
    const before = this.requestName;
    this.requestName = name;
    try {
      return await fn();
    } finally {
      this.requestName = before;
    }
  }

  /** Another host or other headers, with the same connections, cookies and statistics. */
  extend(extension: SessionExtension): HttpSession {
    const { sink, engine, clock } = this.#user;
    const baseUrl = extension.baseUrl ?? this.#baseUrl;
    const extended = new HttpSession({ sink, engine, clock, baseUrl }, this.#user);
    extended.headers = { ...this.headers, ...extension.headers };
    return extended;
  }

  /** Closes the connections: the next request connects anew. What is under way goes on. */
  close(): void {
    this.#user.connections.close();
  }

  /**
   * When the iteration that begins now was due, in `Clock.nowUs`: its first request takes it, and its
   * response time counts from there. Set it when the iteration begins, after `freeUs`; -1 for none.
   */
  get dueUs(): number {
    return this.#user.dueUs;
  }

  set dueUs(dueUs: number) {
    this.#user.dueUs = dueUs;
  }

  /** When the user became free for this iteration; without it the end of its last request. */
  get freeUs(): number {
    return this.#user.freeUs;
  }

  set freeUs(freeUs: number) {
    this.#user.freeUs = freeUs;
  }

  /**
   * Ends the user's requests: those on the wire are abandoned, those not sent count nowhere, and what
   * awaits them, or asks for more, gets `UserCut`.
   */
  cut(): void {
    this.#user.cut();
  }

  /** The user is over: as `cut` (normally nothing is under way), and its connections are closed. */
  dispose(): void {
    this.#user.cut();
    this.#user.connections.close();
    this.#user.engine.rest();
  }

  #plan(method: string, url: string, options: RequestOptions, askedUs: number): RequestPlan {
    const target = this.#resolver.resolve(url);
    const named = typeof options.name === 'string' ? options.name : this.requestName;
    return {
      method: method.toUpperCase(),
      target,
      name: named ?? target?.name ?? url,
      sessionHeaders: this.headers,
      options,
      askedUs,
    };
  }
}

function rejected(cut: UserCut): Promise<never> {
  const promise = Promise.reject<never>(cut);
  // A script may ask without awaiting; that must not bring the worker down.
  promise.catch(() => undefined);
  return promise;
}
