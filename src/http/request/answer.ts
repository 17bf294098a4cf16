import { refuseForeignNames, snakeCaseNames } from '../../base/foreign-names.ts';
import { usToMs } from '../../base/units.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { ResponseError } from '../exchange/http-errors.ts';
import type { HttpResponse, ResponseTimings } from '../exchange/http-response.ts';
import { ResponseHeaders } from '../exchange/response-headers.ts';
import { cookieValues } from './cookie-values.ts';

const MAX_SNIPPET_LENGTH = 80;
/** Making a decoder costs more than most decoding; without `stream` it keeps nothing between calls. */
const UTF8 = new TextDecoder();
const NO_BYTES = new Uint8Array(0);

/** What was asked for. */
export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  /** When the last exchange was asked for. */
  readonly askedUs: number;
  readonly history: readonly HttpResponse[];
  readonly context: unknown;
}

/**
 * An answer while and after it is judged; scripts see it as `HttpResponse`. Hot: everything but status
 * and verdict is worked out when a script asks for it.
 */
export class Answer implements HttpResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  error: string | undefined;
  time: number;
  readonly #exchange: Exchange | undefined;
  readonly #asked: AskedRequest;
  readonly #decoded: Uint8Array | undefined;
  #text: string | undefined;

  /**
   * @param exchange - The last one; `undefined` where not even one was begun.
   * @param decoded - The body without its content encoding; `undefined` where it has none.
   */
  constructor(
    exchange: Exchange | undefined,
    asked: AskedRequest,
    decoded: Uint8Array | undefined,
  ) {
    this.#exchange = exchange;
    this.#asked = asked;
    this.#decoded = decoded;
    this.#text = undefined;
    this.status = exchange === undefined ? 0 : exchange.status;
    this.headers = exchange === undefined ? ResponseHeaders.NONE : exchange.headers;
    this.error = this.status >= 400 ? `HTTP ${this.status}` : undefined;
    this.time = 0;
  }

  get ok(): boolean {
    return this.error === undefined;
  }

  get url(): string {
    const sent = this.#exchange?.request;
    return sent === undefined ? this.#asked.url : sent.origin + sent.path;
  }

  get request(): { readonly method: string; readonly url: string } {
    return { method: this.#exchange?.request.method ?? this.#asked.method, url: this.url };
  }

  get history(): readonly HttpResponse[] {
    return this.#asked.history;
  }

  get context(): unknown {
    return this.#asked.context;
  }

  get cookies(): Readonly<Record<string, string>> {
    return cookieValues(this.headers.getAll('set-cookie'));
  }

  get timings(): ResponseTimings {
    return timingsOf(this.#exchange, this.#asked.askedUs);
  }

  /** Sets how the request counts, and its response time. */
  settle(error: string | undefined, timeMs: number): void {
    this.error = error;
    this.time = timeMs;
  }

  bytes(): Uint8Array {
    return this.#decoded ?? this.#exchange?.body() ?? NO_BYTES;
  }

  /** Length of the decoded body. */
  get contentBytes(): number {
    return this.#decoded?.length ?? this.#exchange?.bodyBytes ?? 0;
  }

  text(): string {
    this.#text ??= this.#plainText() ?? decodeText(this.bytes(), this.headers.charset);
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
    if (this.error !== undefined) throw this.toError();
  }

  /** The failure as an error that may be thrown or given as a cause. */
  toError(): ResponseError {
    const { method, url } = this.request;
    return new ResponseError(`${method} ${url}`, this.error ?? 'redirected', this.status);
  }

  /** The body where it is text already: short and of ASCII, as most are; `undefined` otherwise. */
  #plainText(): string | undefined {
    const text = this.#decoded === undefined ? this.#exchange?.latin1Body : undefined;
    const isPlain = text !== undefined && isUtf8(this.headers.charset) && isAscii(text);
    return isPlain ? text : undefined;
  }
}

refuseForeignNames(Answer.prototype, 'the answer', {
  ...snakeCaseNames('answer', ['raiseForStatus']),
  status_code: 'answer.status',
  statusCode: 'answer.status',
  content: 'answer.bytes()',
  elapsed: 'answer.time, in milliseconds',
  reason: 'answer.status, or answer.error',
  failure: "`check: (answer) => … || 'why not'` with the request",
  success: '`check: (answer) => true` with the request',
  data: 'answer.json()',
});

function notJson(text: string): string {
  if (text.trim() === '') return 'the answer is no JSON: its body is empty';
  const snippet = text.length > MAX_SNIPPET_LENGTH ? `${text.slice(0, MAX_SNIPPET_LENGTH)}…` : text;
  return `the answer is no JSON: it begins ${JSON.stringify(snippet)}`;
}

/** Whether no character is beyond ASCII: those alone take more than a byte in UTF-8, which Node counts fast. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function isUtf8(charset: string): boolean {
  return charset === '' || charset === 'utf-8';
}

/** @param charset - The empty string for none. */
function decodeText(body: Uint8Array, charset: string): string {
  if (body.length === 0) return '';
  if (isUtf8(charset)) return UTF8.decode(body);
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
