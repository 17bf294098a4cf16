import { ScriptError } from '../base/errors.ts';
import type { ConnectionOptions, PemOption } from './engine.ts';
import type { HttpResponse } from './http-response.ts';

/** How a user class talks HTTP: `static http = { … }`. Durations are seconds. */
export interface HttpOptions {
  /** For a request whole, from asking to the last byte, redirects included; 0 for none. @default 60 */
  readonly timeout?: number;
  /** For opening a connection, TLS included; 0 for as long as the request may take. @default 0 */
  readonly connectTimeout?: number;
  /** Redirects followed for one request; one more is a failure. @default 30 */
  readonly maxRedirects?: number;
  /** Accept any certificate. @default false */
  readonly insecure?: boolean;
  /** PEM of the authorities to trust in place of the system's. */
  readonly ca?: PemOption;
  /** PEM of the user's own certificate. */
  readonly cert?: PemOption;
  /** PEM of its key. */
  readonly key?: PemOption;
  /** Server name to ask for and to verify in place of the URL's host. */
  readonly servername?: string;
  /** Use a connection for more than one request. @default true */
  readonly keepAlive?: boolean;
  /** Bytes of a body, as received and decoded, beyond which the request fails. @default 67108864 (64 MB) */
  readonly maxBody?: number;
}

/** A value in `params` or `form`; `undefined` and `null` leave the entry out. */
export type FieldValue = string | number | boolean | bigint | null | undefined;

/** Entries of a query or a form; a list gives one entry for each element. */
export type Fields =
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
  /** Win over the session's headers, which win over the defaults. */
  readonly headers?: HeaderFields;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent URL-encoded. */
  readonly form?: Fields;
  readonly body?: RequestBody;
  /** User and password of HTTP Basic authentication. */
  readonly auth?: readonly [user: string, password: string];
  /** Seconds; 0 for none. @default that of the class, 60 */
  readonly timeout?: number;
  /** @default 'follow' */
  readonly redirect?: 'follow' | 'manual';
  /**
   * Decides whether the answer counts as a failure, its status included; called only where one came.
   * One that throws is a failure with its message.
   */
  readonly check?: ResponseCheck;
  /** Handed on to `request` events. */
  readonly context?: unknown;
}

/** `HttpOptions` with every default filled in. */
export interface HttpSettings {
  readonly timeoutSeconds: number;
  readonly maxRedirects: number;
  readonly maxBodyBytes: number;
  readonly connection: ConnectionOptions;
}

const NUMBERS: ReadonlySet<string> = new Set([
  'timeout',
  'connectTimeout',
  'maxRedirects',
  'maxBody',
]);
const FLAGS: ReadonlySet<string> = new Set(['insecure', 'keepAlive']);
const PEMS: ReadonlySet<string> = new Set(['ca', 'cert', 'key']);

/** What is wrong with one option; `undefined` where nothing is. */
function complaint(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (NUMBERS.has(name)) {
    const isFine = typeof value === 'number' && value >= 0;
    return isFine ? undefined : `http.${name} must be a number of 0 or more, not ${String(value)}`;
  }
  if (FLAGS.has(name)) {
    return typeof value === 'boolean' ? undefined : `http.${name} must be true or false`;
  }
  if (PEMS.has(name)) {
    const isFine = typeof value === 'string' || (typeof value === 'object' && value !== null);
    return isFine ? undefined : `http.${name} must be PEM, as text or bytes`;
  }
  if (name === 'servername')
    return typeof value === 'string' ? undefined : 'http.servername is no text';
  return `http.${name} is no option of this version`;
}

/**
 * Fills in the defaults.
 *
 * @throws {ScriptError} where an option is unknown or of the wrong kind: a run without the proxy or the
 *   certificate that a script asked for would measure something else.
 */
export function settingsOf(options: HttpOptions): HttpSettings {
  for (const [name, value] of Object.entries(options)) {
    const message = complaint(name, value);
    if (message !== undefined) throw new ScriptError(message);
  }
  return {
    timeoutSeconds: options.timeout ?? 60,
    maxRedirects: options.maxRedirects ?? 30,
    maxBodyBytes: options.maxBody ?? 64 * 1024 * 1024,
    connection: {
      insecure: options.insecure ?? false,
      ca: options.ca,
      cert: options.cert,
      key: options.key,
      servername: options.servername,
      keepAlive: options.keepAlive ?? true,
      connectTimeoutSeconds: options.connectTimeout ?? 0,
    },
  };
}
