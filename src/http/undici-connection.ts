/**
 * One connection by undici. Hot: it is its own handler, so that an exchange costs one options object
 * and no closure.
 *
 * undici may dispatch a request again where its connection closed under it, in one case: the socket
 * was destroyed with an `InformationalError`, which undici does only where nothing runs, or for a
 * request that was aborted. With one request at a time for each `Client`, and a `Client` thrown away
 * after the first failure, nothing that was handed to a socket is handed to a second one; the suite
 * tests that against servers that close at every point.
 */
import { type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { Client, type Dispatcher } from 'undici';
import { secondsToUs } from '../base/units.ts';
import type { Expiring } from './deadline-sweep.ts';
import type { ConnectionOptions } from './engine.ts';
import type { EngineParts } from './engine-parts.ts';
import { bodyOverName, type Exchange, formatSeconds } from './exchange.ts';
import { failureName } from './failure-name.ts';
import { type HeaderRecord, ResponseHeaders } from './response-headers.ts';

/** Whoever gives a connection its exchanges. */
export interface ConnectionOwner {
  readonly origin: string;
  readonly parts: EngineParts;
  readonly options: ConnectionOptions;
  /** The connection is done with `exchange`, which has not ended yet; `isReusable` where it is still good. */
  release(connection: UndiciConnection, exchange: Exchange, isReusable: boolean): void;
  /** The exchange has ended: a connection may be free for the next. */
  next(): void;
}

/** What undici hands to a connector, as far as it is used here. */
interface ConnectTarget {
  readonly hostname: string;
  readonly port: string;
  readonly protocol: string;
  readonly servername?: string | null;
}

/** How undici is told of the outcome of connecting. */
type ConnectCallback = (error: Error | null, socket: Socket | null) => void;

/**
 * How long a connection may be idle where the server does not say (`keep-alive: timeout`): long, since
 * a server's closing is noticed when it happens, and the next request then connects anew.
 */
const IDLE_TIMEOUT_MS = 300_000;

/** How long before the server's own limit an idle connection is given up. */
const IDLE_MARGIN_MS = 500;

function ignore(): void {
  // Destroying is over when it is over: nobody waits for it.
}

/** A connection that carries one exchange at a time; it opens with the first and again after idling out. */
export class UndiciConnection implements Dispatcher.DispatchHandler, Expiring {
  readonly #owner: ConnectionOwner;
  readonly #client: Client;
  #exchange: Exchange | undefined;
  #socket: Socket | undefined;
  #bytesBefore = 0;
  #connectDeadlineUs = Number.POSITIVE_INFINITY;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    this.#client = new Client(owner.origin, {
      pipelining: 1,
      allowH2: false,
      // Deadlines are ours: undici's are coarse (500 ms).
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      keepAliveMaxTimeout: IDLE_TIMEOUT_MS,
      keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
      // undici's type of a connector does not say that the target's fields are plain strings.
      connect: (target, callback) =>
        this.#connect(target as ConnectTarget, callback as ConnectCallback),
    });
  }

  /** Of connecting, while that goes on. */
  get deadlineUs(): number {
    return this.#connectDeadlineUs;
  }

  /** Sends; the connection must be idle. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#bytesBefore = 0;
    const { method, path, headers, body } = exchange.request;
    this.#client.dispatch(
      {
        method,
        path,
        // undici does not write to the list; its type only fails to say so.
        headers: headers as string[],
        // An async iterable is taken too, which its type does not say either.
        body: body as Uint8Array | null,
        // Left to itself undici closes after HEAD and DELETE.
        reset: !this.#owner.options.keepAlive,
      },
      this,
    );
  }

  /** Ends the exchange under way as failed, and the connection with it. */
  abort(failure: string): void {
    this.#fail(failure);
  }

  /** Closes at once. */
  destroy(): void {
    this.#owner.parts.sweep.remove(this);
    this.#client.destroy(null, ignore);
    this.#socket?.destroy();
  }

  /** Connecting took too long. */
  expire(): void {
    this.#fail(
      `connect timeout after ${formatSeconds(this.#owner.options.connectTimeoutSeconds)} s`,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.isSent) {
      // Aborted while it waited inside undici, or about to be sent a second time: neither must happen.
      controller.abort(Object.assign(new Error('not to be sent'), { code: 'ECONNRESET' }));
      return;
    }
    const nowUs = this.#nowUs();
    if (exchange.actedUs < 0) exchange.actedUs = nowUs;
    this.#bytesBefore = this.#socket?.bytesRead ?? 0;
    // The head of a streamed body goes out with the body's first chunk, not now.
    if (isWhole(exchange)) exchange.markSent(nowUs);
  }

  onBodySent(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && !exchange.isSent) exchange.markSent(this.#nowUs());
  }

  onRequestSent(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const nowUs = this.#nowUs();
    exchange.requestSentUs = nowUs;
    // A stream without a single chunk: the head goes out now.
    exchange.markSent(nowUs);
  }

  onResponseStarted(): void {
    // Called for interim answers too, so the last call is the one of the final answer.
    if (this.#exchange !== undefined) this.#exchange.firstByteUs = this.#nowUs();
  }

  onResponseStart(_controller: unknown, status: number, headers: HeaderRecord): void {
    const exchange = this.#exchange;
    if (exchange === undefined || status < 200) return;
    exchange.status = status;
    exchange.headers = new ResponseHeaders(headers);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.addChunk(chunk)) return;
    this.#fail(bodyOverName(exchange.limits.maxBodyBytes));
  }

  onResponseEnd(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    const nowUs = this.#nowUs();
    exchange.bytesReceived = this.#bytesReceived();
    // Released first, so that a request which the listener makes finds this connection free.
    this.#owner.release(this, exchange, true);
    exchange.end(nowUs, undefined);
    this.#owner.next();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#exchange !== undefined) this.#fail(this.#nameOf(error));
  }

  /**
   * undici calls any fault in an answer with a length a mismatch of the length; it is one only where
   * the other end closed. Otherwise the parser itself destroyed the open socket, for what it read.
   */
  #nameOf(error: Error & { readonly code?: string }): string {
    const socket = this.#socket;
    const isOpen = socket?.errored === error && !socket.readableEnded;
    const isFault = isOpen && error.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
    return isFault ? 'bad response: not HTTP/1.1' : failureName(error);
  }

  #fail(failure: string): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    const nowUs = this.#nowUs();
    exchange.bytesReceived = exchange.isSent ? this.#bytesReceived() : 0;
    this.#owner.release(this, exchange, false);
    this.destroy();
    exchange.end(nowUs, failure);
    this.#owner.next();
  }

  #connect(target: ConnectTarget, callback: ConnectCallback): Socket | undefined {
    const { options, parts } = this.#owner;
    const isSecure = target.protocol === 'https:';
    this.#stampActed();
    let socket: Socket;
    try {
      socket = isSecure ? this.#openTls(target) : openTcp(target);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
      return undefined;
    }
    this.#socket = socket;
    let isSettled = false;
    const settle = (error: Error | null): void => {
      if (isSettled) return;
      isSettled = true;
      parts.sweep.remove(this);
      callback(error, error === null ? socket : null);
    };
    socket.setNoDelay(true);
    socket.once('connect', () => this.#stampConnected());
    if (isSecure) socket.once('secureConnect', () => this.#stampSecured());
    socket.once(isSecure ? 'secureConnect' : 'connect', () => settle(null));
    socket.on('error', settle);
    if (options.connectTimeoutSeconds > 0) {
      this.#connectDeadlineUs = this.#nowUs() + secondsToUs(options.connectTimeoutSeconds);
      parts.sweep.add(this);
    }
    return socket;
  }

  #openTls(target: ConnectTarget): Socket {
    const { options, parts } = this.#owner;
    const servername = options.servername ?? target.servername;
    return tlsConnect({
      host: target.hostname,
      port: Number(target.port || 443),
      secureContext: parts.tlsContexts.contextFor(options),
      rejectUnauthorized: !options.insecure,
      ALPNProtocols: ['http/1.1'],
      ...(servername ? { servername } : {}),
    });
  }

  #stampActed(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && exchange.actedUs < 0) exchange.actedUs = this.#nowUs();
  }

  #stampConnected(): void {
    if (this.#exchange !== undefined) this.#exchange.connectedUs = this.#nowUs();
  }

  #stampSecured(): void {
    if (this.#exchange !== undefined) this.#exchange.securedUs = this.#nowUs();
  }

  #nowUs(): number {
    return this.#owner.parts.clock.nowUs();
  }

  /** Exact: a socket serves one exchange at a time, and counts what it has read. */
  #bytesReceived(): number {
    return (this.#socket?.bytesRead ?? 0) - this.#bytesBefore;
  }
}

/** Whether the body is there, so that head and body leave together. */
function isWhole(exchange: Exchange): boolean {
  const { body } = exchange.request;
  return body === null || body instanceof Uint8Array;
}

function openTcp(target: ConnectTarget): Socket {
  return tcpConnect({ host: target.hostname, port: Number(target.port || 80) });
}
