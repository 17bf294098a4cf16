import { usToMs } from '../base/units.ts';
import { cookieValues } from './cookie-values.ts';
import type { Exchange } from './exchange.ts';
import type { HttpResponse, ResponseTimings } from './http-response.ts';
import { ResponseError } from './response-error.ts';
import { ResponseHeaders } from './response-headers.ts';

const MAX_SNIPPET_LENGTH = 80;
/** Making a decoder costs more than most decoding; without `stream` it keeps nothing between calls. */
const UTF8 = new TextDecoder();

/** What an answer is made from. */
export interface AnswerParts {
  /** The last exchange; `undefined` where not even one was begun. */
  readonly exchange: Exchange | undefined;
  readonly method: string;
  readonly url: string;
  /** When the last exchange was asked for. */
  readonly askedUs: number;
  readonly history: readonly HttpResponse[];
  readonly context: unknown;
  /** The decoded body. */
  readonly body: Uint8Array;
}

/** An answer while and after it is judged; scripts see it as `HttpResponse`. */
export class Answer implements HttpResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  error: string | undefined;
  time = 0;
  readonly #parts: AnswerParts;
  #text: string | undefined;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.status = parts.exchange?.status ?? 0;
    this.headers = parts.exchange?.headers ?? ResponseHeaders.NONE;
    this.error = this.status >= 400 ? `HTTP ${this.status}` : undefined;
  }

  get ok(): boolean {
    return this.error === undefined;
  }

  get url(): string {
    return this.#parts.url;
  }

  get request(): { readonly method: string; readonly url: string } {
    return { method: this.#parts.method, url: this.#parts.url };
  }

  get history(): readonly HttpResponse[] {
    return this.#parts.history;
  }

  get context(): unknown {
    return this.#parts.context;
  }

  get cookies(): Readonly<Record<string, string>> {
    return cookieValues(this.headers.getAll('set-cookie'));
  }

  get timings(): ResponseTimings {
    return timingsOf(this.#parts.exchange, this.#parts.askedUs);
  }

  /** Sets how the request counts, and its response time. */
  settle(error: string | undefined, timeMs: number): void {
    this.error = error;
    this.time = timeMs;
  }

  bytes(): Uint8Array {
    return this.#parts.body;
  }

  text(): string {
    this.#text ??= decodeText(this.#parts.body, this.headers.get('content-type'));
    return this.#text;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in the interface
  json<T = any>(): T {
    const text = this.text();
    try {
      // What the answer holds is for the script to know.
      return JSON.parse(text) as T;
    } catch (error) {
      throw new SyntaxError(notJson(text), { cause: error });
    }
  }

  raiseForStatus(): void {
    if (this.error === undefined) return;
    throw new ResponseError(`${this.#parts.method} ${this.#parts.url}`, this.error, this.status);
  }
}

function notJson(text: string): string {
  if (text.trim() === '') return 'the answer is no JSON: its body is empty';
  const snippet = text.length > MAX_SNIPPET_LENGTH ? `${text.slice(0, MAX_SNIPPET_LENGTH)}…` : text;
  return `the answer is no JSON: it begins ${JSON.stringify(snippet)}`;
}

function decodeText(body: Uint8Array, contentType: string | undefined): string {
  if (body.length === 0) return '';
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
  if (charset === undefined || charset.toLowerCase() === 'utf-8') return UTF8.decode(body);
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    // A charset that does not exist: UTF-8 is the best guess.
    return UTF8.decode(body);
  }
}

function timingsOf(exchange: Exchange | undefined, askedUs: number): ResponseTimings {
  if (exchange === undefined) {
    return { wait: 0, connect: 0, tls: 0, send: 0, firstByte: 0, receive: 0 };
  }
  let reachedUs = askedUs;
  // Each phase runs from the end of the one before to its own stamp; -1 stands for one that was not reached.
  const until = (stampUs: number): number => {
    if (stampUs < reachedUs) return 0;
    const phaseMs = usToMs(stampUs - reachedUs);
    reachedUs = stampUs;
    return phaseMs;
  };
  return {
    wait: until(exchange.actedUs),
    connect: until(exchange.connectedUs),
    tls: until(exchange.securedUs),
    send: until(exchange.requestSentUs),
    firstByte: until(exchange.firstByteUs),
    receive: until(exchange.finishedUs),
  };
}
