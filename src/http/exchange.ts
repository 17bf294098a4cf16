/**
 * One request on the wire and its answer. Hot: one object for each exchange, every field set in the
 * constructor, so that all of them share one shape; engines write into it, nobody copies out of it.
 */
import { secondsToUs } from '../base/units.ts';
import type { Expiring } from './deadline-sweep.ts';
import { ResponseHeaders } from './response-headers.ts';

/** Bytes that are sent as they are, a stream that is sent in chunks, or nothing. */
export type WireBody = Uint8Array | AsyncIterable<Uint8Array> | null;

/** What an exchange asks for; the session makes it, the engine sends it. */
export interface ExchangeRequest {
  /** In capitals. */
  readonly method: string;
  /** `http://host:port` or `https://host:port`, normalised. */
  readonly origin: string;
  /** Begins with a slash; query included, fragment not. */
  readonly path: string;
  /** Name, value, name, value …; the engine adds host, connection and content-length. */
  readonly headers: readonly string[];
  readonly body: WireBody;
}

/** Whoever started an exchange. Neither method may throw: both are called from inside the engine. */
export interface ExchangeListener {
  /** The first byte is being handed to an open connection: from now on the server may see it. */
  exchangeSent(exchange: Exchange): void;
  /** Over, well or not (`failure`); called exactly once for every exchange that was started. */
  exchangeEnded(exchange: Exchange): void;
}

/** Limits that hold for one exchange. */
export interface ExchangeLimits {
  /** Instant of `Clock.nowUs` at which it fails; `Infinity` for never. */
  readonly deadlineUs: number;
  /** The timeout that the deadline comes from, for the failure's name. */
  readonly timeoutSeconds: number;
  /** Length of the body as received beyond which it fails. */
  readonly maxBodyBytes: number;
}

/** Seconds as failure names show them: `5`, `0.25`. */
export function formatSeconds(seconds: number): string {
  return String(Math.round(seconds * 1000) / 1000);
}

/** The name of the failure of a body longer than allowed: `body over 64 MB`. */
export function bodyOverName(maxBodyBytes: number): string {
  if (maxBodyBytes >= 1024 * 1024) return `body over ${Math.round(maxBodyBytes / 1024 / 1024)} MB`;
  if (maxBodyBytes >= 1024) return `body over ${Math.round(maxBodyBytes / 1024)} kB`;
  return `body over ${maxBodyBytes} B`;
}

/** The deadline of a request that was asked for at `askedUs`; a timeout of 0 is none. */
export function deadlineAfter(askedUs: number, timeoutSeconds: number): number {
  return timeoutSeconds > 0 ? askedUs + secondsToUs(timeoutSeconds) : Number.POSITIVE_INFINITY;
}

/** A listener must not throw: where one does, a figure is wrong, and the engine would swallow that. */
function crash(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/**
 * A request as it goes over the wire and what came back. Stamps are `Clock.nowUs`; -1 where that
 * point was not reached (or, for connecting, not needed).
 */
export class Exchange implements Expiring {
  readonly request: ExchangeRequest;
  readonly limits: ExchangeLimits;
  readonly deadlineUs: number;
  readonly listener: ExchangeListener;

  /** Status of the final answer; 0 before its head is complete. */
  status: number;
  headers: ResponseHeaders;
  /** The body as received, content encoding still on. */
  readonly chunks: Uint8Array[];
  bodyBytes: number;
  /** Bytes received for this exchange with status lines and headers, as HTTP sees them (TLS taken off). */
  bytesReceived: number;
  /** Short stable name; `undefined` while it goes well. */
  failure: string | undefined;
  isSent: boolean;
  isEnded: boolean;

  /** When one of the user's own connections was free for it at last; -1 where it did not have to wait. */
  availableUs: number;
  /** When the engine acted: began to connect, or handed the first byte to an open connection. */
  actedUs: number;
  connectedUs: number;
  /** TLS handshake done. */
  securedUs: number;
  sentUs: number;
  /** Last byte of the request handed to the connection. */
  requestSentUs: number;
  firstByteUs: number;
  /** Last byte of the answer, or the failure. */
  finishedUs: number;

  #abort: ((exchange: Exchange, failure: string) => void) | undefined;

  constructor(request: ExchangeRequest, limits: ExchangeLimits, listener: ExchangeListener) {
    this.request = request;
    this.limits = limits;
    this.deadlineUs = limits.deadlineUs;
    this.listener = listener;
    this.status = 0;
    this.headers = ResponseHeaders.NONE;
    this.chunks = [];
    this.bodyBytes = 0;
    this.bytesReceived = 0;
    this.failure = undefined;
    this.isSent = false;
    this.isEnded = false;
    this.availableUs = -1;
    this.actedUs = -1;
    this.connectedUs = -1;
    this.securedUs = -1;
    this.sentUs = -1;
    this.requestSentUs = -1;
    this.firstByteUs = -1;
    this.finishedUs = -1;
    this.#abort = undefined;
  }

  /** Engine: from now on `abort` is how this exchange is stopped. */
  begin(abort: (exchange: Exchange, failure: string) => void): void {
    this.#abort = abort;
  }

  /** Engine: the first byte is handed over. */
  markSent(nowUs: number): void {
    if (this.isSent || this.isEnded) return;
    this.isSent = true;
    this.sentUs = nowUs;
    try {
      this.listener.exchangeSent(this);
    } catch (error) {
      crash(error);
    }
  }

  /** Engine: a piece of the body; kept, not copied. False where it is over the limit. */
  addChunk(chunk: Uint8Array): boolean {
    this.bodyBytes += chunk.length;
    if (this.bodyBytes > this.limits.maxBodyBytes) return false;
    this.chunks.push(chunk);
    return true;
  }

  /** Engine: over. Later calls have no effect. */
  end(nowUs: number, failure: string | undefined): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.finishedUs = nowUs;
    this.failure = failure;
    try {
      this.listener.exchangeEnded(this);
    } catch (error) {
      crash(error);
    }
  }

  /** Stops it wherever it is; the listener hears of it before this returns. */
  abort(failure: string): void {
    if (!this.isEnded) this.#abort?.(this, failure);
  }

  /** Called by the sweep at the deadline. */
  expire(): void {
    this.abort(`timeout after ${formatSeconds(this.limits.timeoutSeconds)} s`);
  }

  /** The body as received, in one piece; no copy where it came in one. */
  body(): Uint8Array {
    const [first] = this.chunks;
    if (first === undefined) return new Uint8Array(0);
    return this.chunks.length === 1 ? first : Buffer.concat(this.chunks, this.bodyBytes);
  }
}
