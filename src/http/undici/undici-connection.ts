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
import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { secondsToUs } from '../../base/units.ts';
import { afterNetworkTurn } from '../connection/network-turn.ts';
import type { Connection, ConnectionOwner } from '../connection/origin-connections.ts';
import type { SocketWishes } from '../connection/socket-opener.ts';
import { readBeforeDestroying } from '../connection/upload-guard.ts';
import type { Expiring } from '../exchange/deadline-sweep.ts';
import { endpointOf } from '../exchange/endpoint.ts';
import { ABRUPT_CLOSE_US, IDLE_MARGIN_MS, MAX_HEAD_BYTES } from '../exchange/engine.ts';
import {
  bodyOverName,
  type Exchange,
  type ExchangeHolder,
  formatSeconds,
} from '../exchange/exchange.ts';
import { failureName } from '../exchange/failure-name.ts';
import { type ChosenProxy, proxyFor } from '../exchange/proxy-rules.ts';
import { openTunnel } from '../exchange/proxy-tunnel.ts';
import { type HeaderRecord, ResponseHeaders } from '../exchange/response-headers.ts';

/** How undici is told of the outcome of connecting. */
type ConnectCallback = (error: Error | null, socket: Socket | null) => void;

/** The longest a connection is kept idle where the server says for how long. */
const MAX_IDLE_MS = 300_000;

const NO_WISHES: SocketWishes = { onread: undefined, session: undefined, protocols: [] };

function ignore(): void {
  // Destroying is over when it is over: nobody waits for it.
}

/** A connection that carries one exchange at a time; it opens with the first and again after idling out. */
export class UndiciConnection
  implements Connection, Dispatcher.DispatchHandler, ExchangeHolder, Expiring
{
  readonly #owner: ConnectionOwner;
  readonly #client: Client;
  readonly #proxy: ChosenProxy | undefined;
  #exchange: Exchange | undefined;
  #socket: Socket | undefined;
  #bytesBefore = 0;
  /** Stopped by the fence right before its first byte. */
  #isFenced = false;
  /** Waits for news of a close behind the answer; `#exchange` waits, too. */
  #isSettling = false;
  /** When the answer before was whole; -1 where there was none on this connection. */
  #answeredUs = -1;
  #connectDeadlineUs = Number.POSITIVE_INFINITY;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    const { http2, proxy, keepAliveIdleSeconds } = owner.shared.options;
    this.#proxy = proxyFor(proxy, owner.endpoint);
    this.#client = new Client(owner.origin, {
      pipelining: 1,
      allowH2: http2,
      // Deadlines are ours: undici's are coarse (500 ms).
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEAD_BYTES,
      keepAliveTimeout: Math.min(keepAliveIdleSeconds * 1000, MAX_IDLE_MS),
      keepAliveMaxTimeout: MAX_IDLE_MS,
      keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
      // undici's type of a connector knows the outcome as one of two calls, ours as one with both.
      connect: (_target, callback) => this.#connect(callback as ConnectCallback),
    });
  }

  /** Of connecting, while that goes on. */
  get deadlineUs(): number {
    return this.#connectDeadlineUs;
  }

  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#bytesBefore = 0;
    exchange.heldBy(this);
    const { fence, sweep } = this.#owner.shared.parts;
    if (fence.isShut(this.#nowUs())) {
      this.#hold(exchange);
      return;
    }
    sweep.add(exchange);
    if (announcesMissingBody(exchange)) {
      exchange.actedUs = this.#nowUs();
      this.#fail('bad request: content-length is not that of the body');
    } else if (!this.#isSettling) this.#dispatch(exchange);
  }

  #dispatch(exchange: Exchange): void {
    const { method, path, headers } = exchange.request;
    this.#client.dispatch(
      {
        method,
        // A proxy for plain HTTP is asked for the whole URL.
        path: this.#isForwarded ? this.#owner.origin + path : path,
        headers: this.#withProxyHeaders(headers),
        // An async iterable is taken too, which its type does not say.
        body: exchange.requestBody as Uint8Array | null,
        // Left to itself undici closes after HEAD and DELETE.
        reset: !this.#owner.shared.options.keepAlive,
      },
      this,
    );
  }

  /** Sends it once the fence is open, unless it is over by then. */
  #hold(exchange: Exchange): void {
    this.#owner.shared.parts.fence.hold(() => {
      if (this.#exchange === exchange) this.send(exchange);
    });
  }

  /** Ends the exchange under way as failed, and the connection with it. */
  abort(_exchange: Exchange, failure: string): void {
    this.#fail(failure);
  }

  destroy(): void {
    this.#owner.shared.parts.sweep.remove(this);
    this.#client.destroy(null, ignore);
    this.#socket?.destroy();
  }

  /** Connecting took too long. */
  expire(): void {
    const { connectTimeoutSeconds } = this.#owner.shared.options;
    this.#fail(`connect timeout after ${formatSeconds(connectTimeoutSeconds)} s`);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.isSent) {
      // Aborted while it waited inside undici, or about to be sent a second time: neither must happen.
      controller.abort(Object.assign(new Error('not to be sent'), { code: 'ECONNRESET' }));
      return;
    }
    const nowUs = this.#nowUs();
    if (this.#owner.shared.parts.fence.isShut(nowUs)) {
      this.#isFenced = true;
      controller.abort(new Error('not to be sent now'));
      return;
    }
    if (exchange.actedUs < 0) exchange.actedUs = nowUs;
    const socket = this.#socket;
    this.#bytesBefore = socket?.bytesRead ?? 0;
    if (socket !== undefined && exchange.requestBody !== null) {
      readBeforeDestroying(socket, () => this.#exchange !== undefined && this.#socket === socket);
    }
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
    // HTTP/2 has no such moment of its own.
    if (exchange.firstByteUs < 0) exchange.firstByteUs = this.#nowUs();
    exchange.setHead(
      status,
      new ResponseHeaders(
        headers,
        headers['set-cookie'] !== undefined,
        headers['content-encoding'] !== undefined,
      ),
    );
    // A body that is announced as too long need not be waited for.
    const isBodyless = exchange.request.method === 'HEAD' || status === 204 || status === 304;
    const { maxBodyBytes } = exchange.limits;
    if (!isBodyless && Number(headers['content-length']) > maxBodyBytes) {
      this.#fail(bodyOverName(maxBodyBytes));
    }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.addBody(chunk, 0, chunk.length, -1)) return;
    this.#fail(bodyOverName(exchange.limits.maxBodyBytes));
  }

  onResponseEnd(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    // undici takes a reset for the end of a body that lasts to the close.
    const error = this.#socket?.errored;
    if (error != null) {
      this.#fail(failureName(error));
      return;
    }
    this.#exchange = undefined;
    const nowUs = this.#nowUs();
    exchange.bytesReceived = this.#bytesReceived();
    // Released first, so that a request which the listener makes finds this connection free.
    this.#owner.shared.parts.sweep.remove(exchange);
    if (this.#socket?.writableLength === 0) this.#keep(nowUs);
    else {
      // A request behind the rest of an upload would wait for it.
      this.destroy();
      this.#owner.drop();
    }
    exchange.end(nowUs, undefined);
    this.#owner.next();
  }

  #keep(nowUs: number): void {
    this.#answeredUs = nowUs;
    if (this.#owner.closesUnasked) {
      this.#isSettling = true;
      afterNetworkTurn(() => this.#settled());
    }
    this.#owner.release(this);
  }

  #settled(): void {
    this.#isSettling = false;
    if (this.#exchange !== undefined) this.#dispatch(this.#exchange);
  }

  onResponseError(_controller: unknown, error: Error): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (!this.#isFenced) {
      if (this.#isLostBehindAnswer(exchange)) this.#owner.noteUnaskedClose();
      this.#fail(this.#nameOf(error));
      return;
    }
    this.#isFenced = false;
    this.#owner.shared.parts.sweep.remove(exchange);
    this.#hold(exchange);
  }

  /** Whether the server may have closed right behind the answer before, while the request was leaving. */
  #isLostBehindAnswer(exchange: Exchange): boolean {
    if (this.#answeredUs < 0 || !exchange.isSent || this.#bytesReceived() > 0) return false;
    return exchange.sentUs - this.#answeredUs < ABRUPT_CLOSE_US;
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
    this.#owner.shared.parts.sweep.remove(exchange);
    this.destroy();
    this.#owner.drop();
    exchange.end(nowUs, failure);
    this.#owner.next();
  }

  get #isForwarded(): boolean {
    return this.#proxy !== undefined && !this.#owner.endpoint.isSecure;
  }

  #withProxyHeaders(headers: readonly string[]): string[] {
    const authorization = this.#isForwarded ? this.#proxy?.authorization : undefined;
    if (authorization !== undefined) return [...headers, 'proxy-authorization', authorization];
    // undici does not write to the list; its type only fails to say so.
    return headers as string[];
  }

  #connect(callback: ConnectCallback): undefined {
    const { options, parts } = this.#owner.shared;
    this.#stampActed();
    let isSettled = false;
    const settle = (error: Error | null): void => {
      if (isSettled) return;
      isSettled = true;
      parts.sweep.remove(this);
      callback(error, error === null ? (this.#socket ?? null) : null);
    };
    try {
      this.#openSocket(settle);
    } catch (error) {
      settle(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (options.connectTimeoutSeconds > 0) {
      this.#connectDeadlineUs = this.#nowUs() + secondsToUs(options.connectTimeoutSeconds);
      parts.sweep.add(this);
    }
  }

  #openSocket(settle: (error: Error | null) => void): void {
    const { shared, endpoint } = this.#owner;
    const proxy = this.#proxy;
    if (proxy === undefined) {
      this.#take(shared.opener.open(endpoint, this.#wishes()), endpoint.isSecure, settle);
      return;
    }
    const toProxy = shared.opener.openPlain(endpointOf(proxy.origin), NO_WISHES);
    if (!endpoint.isSecure) {
      this.#take(toProxy, false, settle);
      return;
    }
    this.#socket = toProxy;
    toProxy.once('connect', () => this.#stampConnected());
    openTunnel(toProxy, endpoint, proxy.authorization, (error) => {
      if (error !== null || this.#socket !== toProxy) {
        settle(error ?? new Error('closed'));
        return;
      }
      const secure = shared.opener.open(endpoint, { ...this.#wishes(), through: toProxy });
      this.#take(secure, true, settle);
    });
  }

  #wishes(): SocketWishes {
    const protocols = this.#owner.shared.options.http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
    return { onread: undefined, session: this.#owner.session, protocols };
  }

  #take(socket: Socket, isSecure: boolean, settle: (error: Error | null) => void): void {
    this.#socket = socket;
    this.#answeredUs = -1;
    socket.once('connect', () => this.#stampConnected());
    if (isSecure) {
      socket.once('secureConnect', () => this.#stampSecured());
      socket.on('session', (session: Buffer) => {
        this.#owner.session = session;
      });
    }
    socket.once(isSecure ? 'secureConnect' : 'connect', () => settle(null));
    socket.on('error', settle);
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
    return this.#owner.shared.parts.clock.nowUs();
  }

  /** Exact: a socket serves one exchange at a time, and counts what it has read. */
  #bytesReceived(): number {
    return (this.#socket?.bytesRead ?? 0) - this.#bytesBefore;
  }
}

/** Whether a `content-length` of the script announces a body that there is none of, which undici would send. */
function announcesMissingBody({ request, requestBody }: Exchange): boolean {
  if (requestBody !== null) return false;
  const { headers } = request;
  return headers.some(
    (name, index) =>
      index % 2 === 0 &&
      name.toLowerCase() === 'content-length' &&
      Number(headers[index + 1]) !== 0,
  );
}

/** Whether the body is there, so that head and body leave together. */
function isWhole(exchange: Exchange): boolean {
  const body = exchange.requestBody;
  return body === null || body instanceof Uint8Array;
}
