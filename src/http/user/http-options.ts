import type { PemOption } from '../exchange/engine.ts';
import type { HttpResponse } from '../exchange/http-response.ts';
import type { ProxyRules } from '../exchange/proxy-rules.ts';

/** How a user class talks HTTP: `static http = { … }`. Durations are seconds. */
export interface HttpOptions {
  /** Seconds for a request whole, from asking to the last byte, redirects included; 0 for none. @default 60 */
  readonly timeout?: number;
  /** Seconds for opening a connection, TLS included; 0 for as long as the request may take. @default 0 */
  readonly connectTimeout?: number;
  /** How many redirects are followed for one request; one more is a failure. @default 30 */
  readonly maxRedirects?: number;
  /** Accept any certificate. @default false */
  readonly insecure?: boolean;
  /** PEM of the authorities to trust in place of the system's. */
  readonly ca?: PemOption;
  /** PEM of the user's own certificate. */
  readonly cert?: PemOption;
  /** PEM of the key of `cert`. */
  readonly key?: PemOption;
  /** Server name to ask for and to verify in place of the URL's host. */
  readonly servername?: string;
  /** Use a connection for more than one request. @default true */
  readonly keepAlive?: boolean;
  /** Seconds a connection may be idle before it is replaced, where the server does not say. @default 4 */
  readonly keepAliveIdle?: number;
  /** Whether each user looks names up itself, or all users of a worker share what the first found. @default 'user' */
  readonly dns?: 'user' | 'run';
  /** `HOST:PORT:HOST2:PORT2`, or several: connect to the second pair where a URL has the first. */
  readonly connectTo?: string | readonly string[];
  /** Address to connect from; of several, each user takes the next. */
  readonly localAddress?: string | readonly string[];
  /** Path of a Unix socket to connect to, whatever the URL says. */
  readonly unixSocket?: string;
  /** Use HTTP/2 where a server offers it in TLS. @default false */
  readonly http2?: boolean;
  /** `http://host:port` of a proxy, or which one for what; the empty string for none. */
  readonly proxy?: string | ProxyRules;
  /** Bytes of a body, as received and decoded, beyond which the request fails. @default 67108864 (64 MB) */
  readonly maxBody?: number;
}

/** A value in `params` or `form`; `undefined` and `null` leave the entry out, a date is ISO 8601. */
export type FieldValue = string | number | boolean | bigint | Date | null | undefined;

/** Entries of a query or a form; a list gives one entry for each element, a text is taken as it is. */
export type Fields =
  | string
  | Readonly<Record<string, FieldValue | readonly FieldValue[]>>
  | URLSearchParams
  | readonly (readonly [string, FieldValue])[];

/** Headers as a script gives them; `undefined` and `null` take a default or session header away. */
export type HeaderFields =
  | Readonly<Record<string, string | number | readonly string[] | null | undefined>>
  | Iterable<readonly [string, string]>;

/** What a request may carry. Streams are sent in chunks, and not again where a redirect asks for it. */
export type RequestBody =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | URLSearchParams
  | FormData
  | Blob
  | AsyncIterable<Uint8Array | string>;

/** Whether an answer is what it should be: true, false or the reason why not. */
export type ResponseCheck = (
  response: HttpResponse,
) => boolean | string | Promise<boolean | string>;

/** Options of a single request. */
export interface RequestOptions {
  /** What to count it under, in place of the path. */
  readonly name?: string | ((response: HttpResponse) => string);
  /** Added to the query; not part of the name. */
  readonly params?: Fields;
  /** Headers of this request. They win over the session's headers, which win over the defaults. */
  readonly headers?: HeaderFields;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent URL-encoded. */
  readonly form?: Fields;
  /** Sent as it is: text, bytes, a form, a blob or a stream. One of `json`, `form` and `body` at most. */
  readonly body?: RequestBody;
  /** User and password of HTTP Basic authentication. */
  readonly auth?: readonly [user: string, password: string];
  /** Seconds for the request whole; 0 for none. @default the timeout of the class, 60 */
  readonly timeout?: number;
  /** @default 'follow' */
  readonly redirect?: 'follow' | 'manual';
  /**
   * Decides whether the answer counts as a failure, its status included; called only where one came.
   * One that throws is a failure with its message.
   */
  readonly check?: ResponseCheck;
  /** Whether the task may end before the answer has come; then no missing `await` is named. @default false */
  readonly background?: boolean;
  /** Handed on to `request` events. */
  readonly context?: unknown;
}
