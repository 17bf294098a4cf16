import { ScriptError } from '../base/errors.ts';
import { refuseForeignNames, snakeCaseNames } from '../base/foreign-names.ts';
import { withoutCredentials } from '../base/url-credentials.ts';
import { UserCut } from './exchange/http-errors.ts';
import type { HttpResponse } from './exchange/http-response.ts';
import type { AnswerStream } from './request/answer-stream.ts';
import { checkRequest } from './request/request-check.ts';
import { SessionLines } from './request/request-headers.ts';
import { RequestRun, type RequestSession } from './request/request-run.ts';
import { resolverFor, type TargetResolver } from './request/request-target.ts';
import { measuredFetch } from './session-fetch.ts';
import type { Cookies } from './user/cookie-store.ts';
import type { DueTime } from './user/due-time.ts';
import type { RequestOptions } from './user/http-options.ts';
import { UserHttp, type UserHttpParts } from './user/user-http.ts';

/** What `HttpSession` is made from: where results go, the engine, the clock, the base URL. */
export type SessionParts = UserHttpParts;

/** What a session made from another has of its own. */
export interface SessionExtension {
  /** Another base URL; paths are put behind it. */
  readonly baseUrl?: string;
  /** On top of the headers that the first session has now. */
  readonly headers?: Record<string, string>;
}

/** A request that its task did not wait for. */
export interface UnawaitedRequest {
  readonly method: string;
  readonly url: string;
  /** Made where the script asked for it; `undefined` before `noteCallers`. */
  readonly caller: Error | undefined;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const NO_OPTIONS: RequestOptions = {};
/** In capitals already. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
]);

/**
 * The HTTP client of one user, `this.client` in a load file: its own connections, cookies and headers.
 * A request that fails never throws; see `HttpResponse.error`.
 */
export class HttpSession {
  /** What requests without a `name` of their own are counted under; `undefined` for their path. */
  requestName: string | undefined = undefined;
  readonly #baseUrl: string;
  readonly #resolver: TargetResolver;
  readonly #user: UserHttp;
  /** What its requests share; `headers` are kept there. */
  readonly #requests: Mutable<RequestSession>;
  #fetch: typeof fetch | undefined = undefined;

  /** @param shared - What it shares with the session that it extends: connections, cookies, due time. */
  constructor(parts: SessionParts, shared: UserHttp = new UserHttp(parts)) {
    this.#baseUrl = parts.baseUrl;
    this.#resolver = resolverFor(parts.baseUrl);
    this.#user = shared;
    this.#requests = { user: shared, lines: new SessionLines(), headers: {} };
  }

  /** Sent with every request; a request's own headers win. May be changed at any time. */
  get headers(): Record<string, string> {
    return this.#requests.headers;
  }

  set headers(headers: Record<string, string>) {
    this.#requests.headers = headers;
  }

  /** The URL that paths are put behind. */
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
   * @throws {ScriptError} Where this is no request: no URL, or an option that there is not.
   */
  request(
    method: string,
    url: string | URL,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<HttpResponse> {
    if (this.#user.isCut) return rejected(new UserCut());
    checkRequest(method, url, options === NO_OPTIONS ? undefined : options);
    const run = this.#runOf(method, url, options);
    if (this.#user.notesCallers) run.caller = new Error('asked here');
    run.start();
    return run.promise;
  }

  /**
   * `fetch` as the platform has it, but by this user's connections and measured; may be handed to an SDK.
   * Resolves with the head of the answer; the body streams. The request is measured to the last byte of the
   * body, or to its cancelling, and a body that nobody reads is cancelled at the end of the iteration.
   * Rejects with `TypeError` where no answer came.
   *
   * @throws {UserCut} Inside a call, where the user was cut at the end of a stop.
   */
  get fetch(): typeof fetch {
    this.#fetch ??= measuredFetch({
      urlOf: (given) => this.#resolver.resolve(given)?.url,
      begin: (method, given, options, stream) => {
        if (this.#user.isCut) throw new UserCut();
        return this.#runOf(method, given, options, stream);
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

  /**
   * Another host or other headers, with the same connections, cookies and statistics.
   *
   * @throws {ScriptError} Where `extension` has anything else.
   */
  extend(extension: SessionExtension): HttpSession {
    for (const key of Object.keys(extension)) {
      if (key === 'baseUrl' || key === 'headers') continue;
      throw new ScriptError(`client.extend takes baseUrl and headers, and no ${key}`);
    }
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

  /** When the iteration that begins was due. The loop that runs the user says so here. */
  get dueTime(): DueTime {
    return this.#user.dueTime;
  }

  /**
   * Ends the user's requests: those on the wire are abandoned, those not sent count nowhere, and what
   * awaits them, or asks for more, gets `UserCut`.
   */
  cut(): void {
    this.#user.cut();
  }

  /** An iteration is over: bodies that `fetch` streamed in it and that nobody reads are given up. */
  iterationEnded(): void {
    this.#user.iterationEnded();
  }

  /** A request whose task ended without waiting for its answer; see `UserHttp.unawaited`. */
  get unawaited(): UnawaitedRequest | undefined {
    return this.#user.unawaited();
  }

  /** From now on requests note where the script asks for them. */
  noteCallers(): void {
    this.#user.notesCallers = true;
  }

  /** Resolves when the user has a connection to spare; `undefined` where it has. See `UserHttp.untilRoom`. */
  untilRoom(): Promise<void> | undefined {
    return this.#user.untilRoom();
  }

  /** The user is over: as `cut` (normally nothing is under way), and its connections are closed. */
  dispose(): void {
    this.#user.iterationEnded();
    this.#user.cut();
    this.#user.connections.close();
    this.#user.engine.rest();
  }

  #runOf(
    method: string,
    url: string | URL,
    options: RequestOptions,
    stream?: AnswerStream,
  ): RequestRun {
    // A script in JavaScript may pass anything: `undefined` makes a bad URL, no exception.
    const text = typeof url === 'string' ? url : String(url);
    const given = options ?? NO_OPTIONS;
    const target = this.#resolver.resolve(text);
    const verb = method === 'GET' || METHODS.has(method) ? method : methodOf(method);
    const own = typeof given.name === 'string' ? given.name || this.requestName : this.requestName;
    // An empty name is none, as in Locust.
    const asked = own === '' ? undefined : own;
    const { sink } = this.#user;
    const counted =
      asked === undefined && target !== undefined
        ? target.countedAs(sink, verb)
        : sink.nameOf(verb, asked ?? withoutCredentials(text));
    return new RequestRun(this.#requests, verb, target, text, counted, given, stream);
  }
}

refuseForeignNames(HttpSession.prototype, 'this.client', {
  ...snakeCaseNames('this.client', ['baseUrl', 'requestName', 'renameRequest']),
  verify: '`static http = { insecure: true }` or `{ ca }` in the class',
  cert: '`static http = { cert, key }` in the class',
  proxies: '`static http = { proxy: … }` in the class',
  trust_env: '`static http = { proxy: … }` in the class',
  timeout: '`static http = { timeout: seconds }` in the class',
  auth: '`auth: [user, password]` with each request',
  params: '`params: { … }` with each request',
  max_redirects: '`static http = { maxRedirects: … }` in the class',
});

/** Methods of HTTP in capitals, however they are written; others as they are, since case matters (RFC 9110 9.1). */
function methodOf(method: string): string {
  const capitals = method.toUpperCase();
  return METHODS.has(capitals) ? capitals : method;
}

function rejected(cut: UserCut): Promise<never> {
  const promise = Promise.reject<never>(cut);
  // A script may ask without awaiting; that must not bring the worker down.
  promise.catch(() => undefined);
  return promise;
}
