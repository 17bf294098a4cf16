/**
 * One request on the wire and its answer. Hot: one object for each exchange, every field set in the
 * constructor, so that all of them share one shape; engines write into it, nobody copies out of it.
 */
import { secondsToUs } from '../../base/units.ts';
import type { Expiring } from './deadline-sweep.ts';
import { ResponseHeaders } from './response-headers.ts';

/** Bytes that are sent as they are, a stream that is sent in chunks, or nothing. */
export type WireBody = Uint8Array | AsyncIterable<Uint8Array> | null;

/**
 * Where a request goes, and the lines above its body: the same object for as many exchanges as ask for
 * the same, so that an engine can keep on it what it made of them.
 */
export class RequestHead {
  /** In capitals. */
  readonly method: string;
  /** `http://host:port` or `https://host:port`, normalised. */
  readonly origin: string;
  /** Begins with a slash; query included, fragment not. */
  readonly path: string;
  /** Name, value, name, value …; the engine adds host, connection and content-length. */
  readonly headers: readonly string[];
  /** The engine's own: what it made of this head. */
  prepared: object | undefined = undefined;

  constructor(method: string, origin: string, path: string, headers: readonly string[]) {
    this.method = method;
    this.origin = origin;
    this.path = path;
    this.headers = headers;
  }
}

/** What started an exchange, and hears of it. Neither method may throw: both are called from inside the engine. */
export interface ExchangeListener {
  /** The first byte is being handed to an open connection: from now on the server may see it. */
  exchangeSent(exchange: Exchange): void;
  /** Over, well or not (`failure`); called exactly once for every exchange that was started. */
  exchangeEnded(exchange: Exchange): void;
}

/**
 * What takes the answer of an exchange while it arrives. Neither method may throw: both are called from
 * inside the engine.
 */
export interface AnswerTap {
  /**
   * Status and headers of the final answer are there.
   *
   * @returns False where the exchange is to keep the body after all.
   */
  headArrived(exchange: Exchange): boolean;
  /** A piece of the body as received, lent until this returns; the exchange keeps none of it. */
  bodyArrived(bytes: Uint8Array): void;
}

/** Limits that hold for an exchange, or for many. */
export interface ExchangeLimits {
  /** The timeout that the deadline comes from, for the failure's name. */
  readonly timeoutSeconds: number;
  /** Length of the body as received beyond which it fails. */
  readonly maxBodyBytes: number;
}

/** What holds an exchange that has been started, and can stop it. */
export interface ExchangeHolder {
  /** Ends `exchange`, which has not ended, with `failure`. */
  abort(exchange: Exchange, failure: string): void;
}

/** Bodies up to this length that come in one piece are kept as text: cheaper than bytes. */
const MAX_TEXT_BYTES = 4096;
/** Bodies whose length is told in advance get room for all of it up to this; beyond, room grows with them. */
const MAX_ROOM_IN_ADVANCE = 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

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
  readonly request: RequestHead;
  readonly requestBody: WireBody;
  readonly limits: ExchangeLimits;
  /** Instant of `Clock.nowUs` at which it fails; `Infinity` for never. */
  readonly deadlineUs: number;
  readonly listener: ExchangeListener;

  /** Status of the final answer; 0 before its head is complete. */
  status: number;
  headers: ResponseHeaders;
  /** Length of the body as received, content encoding still on. */
  bodyBytes: number;
  /** Bytes received for this exchange with status lines and headers, as HTTP sees them (TLS taken off). */
  bytesReceived: number;
  /** Short stable name; `undefined` while it goes well. */
  failure: string | undefined;
  isSent: boolean;
  isEnded: boolean;
  /** Gets the answer as it arrives; `undefined` where the exchange keeps it, as ordinary requests want it. */
  tap: AnswerTap | undefined;

  /** When it could be sent: one of the user's own connections was free for it at last; -1 for not known. */
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

  #holder: ExchangeHolder | undefined;
  /** A text that ends with the body, a character for each byte, where that is short and came in one piece. */
  #text: string | undefined;
  /** Where the body begins in `#text`. */
  #textAt: number;
  /** The body where it is not in `#text`, with room behind it. */
  #bytes: Buffer | undefined;

  constructor(
    request: RequestHead,
    requestBody: WireBody,
    deadlineUs: number,
    limits: ExchangeLimits,
    listener: ExchangeListener,
  ) {
    this.request = request;
    this.requestBody = requestBody;
    this.limits = limits;
    this.deadlineUs = deadlineUs;
    this.listener = listener;
    this.status = 0;
    this.headers = ResponseHeaders.NONE;
    this.bodyBytes = 0;
    this.bytesReceived = 0;
    this.failure = undefined;
    this.isSent = false;
    this.isEnded = false;
    this.tap = undefined;
    this.availableUs = -1;
    this.actedUs = -1;
    this.connectedUs = -1;
    this.securedUs = -1;
    this.sentUs = -1;
    this.requestSentUs = -1;
    this.firstByteUs = -1;
    this.finishedUs = -1;
    this.#holder = undefined;
    this.#text = undefined;
    this.#textAt = 0;
    this.#bytes = undefined;
  }

  /** Engine: from now on `holder` is how this exchange is stopped. */
  heldBy(holder: ExchangeHolder): void {
    this.#holder = holder;
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

  /** Engine: the head of the final answer is there. */
  setHead(status: number, headers: ResponseHeaders): void {
    this.status = status;
    this.headers = headers;
    if (this.tap?.headArrived(this) === false) this.tap = undefined;
  }

  /**
   * Engine: a piece of the body, which is copied: nothing is known at this point about whether the script
   * will look at it, since it may do so at any time after its `await`.
   *
   * @param restBytes - What is to come of the body behind it; -1 for not known.
   * @returns False where it would be over the limit; then nothing was kept of it.
   */
  addBody(bytes: Buffer, from: number, to: number, restBytes: number): boolean {
    const before = this.bodyBytes;
    const after = before + to - from;
    if (after > this.limits.maxBodyBytes) return false;
    this.bodyBytes = after;
    if (this.tap !== undefined) {
      this.tap.bodyArrived(bytes.subarray(from, to));
      return true;
    }
    if (before === 0 && restBytes <= 0 && to - from <= MAX_TEXT_BYTES) {
      this.#text = bytes.toString('latin1', from, to);
      return true;
    }
    const room = this.#roomFor(before, restBytes);
    bytes.copy(room, before, from, to);
    return true;
  }

  /**
   * Engine: the whole body at once, in place of `addBody`.
   *
   * @param text - A character for each byte; the body is what follows from `at` on.
   * @returns As there.
   */
  addText(text: string, at: number): boolean {
    const length = text.length - at;
    if (length > this.limits.maxBodyBytes) return false;
    this.bodyBytes = length;
    if (this.tap !== undefined) {
      this.tap.bodyArrived(Buffer.from(text.slice(at), 'latin1'));
      return true;
    }
    this.#text = text;
    this.#textAt = at;
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
    if (!this.isEnded) this.#holder?.abort(this, failure);
  }

  /** Called by the sweep at the deadline. */
  expire(): void {
    this.abort(`timeout after ${formatSeconds(this.limits.timeoutSeconds)} s`);
  }

  /** The body as received, in one piece. */
  body(): Uint8Array {
    const text = this.latin1Body;
    if (text !== undefined) {
      this.#bytes = Buffer.from(text, 'latin1');
      this.#text = undefined;
    }
    return this.#bytes?.subarray(0, this.bodyBytes) ?? NO_BYTES;
  }

  /** The body where it is kept as text, a character for each byte; `undefined` otherwise. */
  get latin1Body(): string | undefined {
    return this.bodyBytes === 0 ? '' : this.#text?.slice(this.#textAt);
  }

  /** Room for `bodyBytes` and, within reason, for what is announced behind them. */
  #roomFor(before: number, restBytes: number): Buffer {
    // `body()` would not do: it already counts the piece that is about to be added.
    const text = this.#text;
    const old = text === undefined ? this.#bytes : Buffer.from(text, 'latin1');
    this.#text = undefined;
    const needed = this.bodyBytes;
    if (old !== undefined && text === undefined && old.length >= needed) return old;
    const announced = restBytes < 0 ? 0 : needed + restBytes;
    const isAnnounced = announced > 0 && announced <= MAX_ROOM_IN_ADVANCE;
    const room = Buffer.allocUnsafe(isAnnounced ? announced : before === 0 ? needed : 2 * needed);
    if (old !== undefined) old.copy(room, 0, 0, before);
    this.#bytes = room;
    return room;
  }
}
