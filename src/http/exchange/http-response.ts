import type { ResponseHeaders } from './response-headers.ts';

/**
 * Where the time of an answer went, in milliseconds. Phases of the last exchange, in this order and
 * without gaps; a phase that did not happen is 0.
 */
export interface ResponseTimings {
  /** Milliseconds from asking to the engine's acting: waiting for one of the user's own connections, and our lateness. */
  readonly wait: number;
  /** Milliseconds for name resolution and TCP. */
  readonly connect: number;
  /** Milliseconds for the TLS handshake. */
  readonly tls: number;
  /** Milliseconds for handing over the request. */
  readonly send: number;
  /** Milliseconds to the first byte of the answer. */
  readonly firstByte: number;
  /** Milliseconds from there to the last byte of the answer. */
  readonly receive: number;
}

/** An answer, or the failure to get one (`status` 0). The body is there already. */
export interface HttpResponse {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Whether the request counts as succeeded: the answer is whole and its status below 400, or `check` said so. */
  readonly ok: boolean;
  /** Short stable name of the failure: `ECONNREFUSED`, `timeout after 5 s`, `HTTP 503`, `check: …`. */
  readonly error: string | undefined;
  /** The headers of the answer; empty where no answer came. */
  readonly headers: ResponseHeaders;
  /** Where the answer came from, redirects followed. */
  readonly url: string;
  /** The request that was sent last, behind all redirects. */
  readonly request: { readonly method: string; readonly url: string };
  /** The answers that redirected, first one first. */
  readonly history: readonly HttpResponse[];
  /** Response time in milliseconds. */
  readonly time: number;
  /** Where the response time went. */
  readonly timings: ResponseTimings;
  /** Cookies that this answer sets, name to value. */
  readonly cookies: Readonly<Record<string, string>>;
  /** The `context` that was given with the request. */
  readonly context: unknown;

  /** The body, decoded by the charset of `content-type` (UTF-8 without one). */
  text(): string;
  /**
   * The body parsed as JSON, anew at each call.
   *
   * @throws SyntaxError with the body's beginning where it is no JSON.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as in fetch, so that `r.json().ok` type-checks
  json<T = any>(): T;
  /** The body, content encoding taken off; not a copy. */
  bytes(): Uint8Array;
  /**
   * Ends the task where the request failed; counts nothing a second time.
   *
   * @throws {ResponseError} unless `ok`.
   */
  raiseForStatus(): void;
}
