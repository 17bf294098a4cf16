/**
 * One connection of the raw engine, over `node:net` or `node:tls`. Hot: an exchange on an open connection
 * is one write and, as a rule, one read; it makes no closure, no timer and no object of its own.
 *
 * | state | becomes | when |
 * |---|---|---|
 * | CLOSED | CONNECTING | an exchange is given |
 * | CONNECTING | BUSY | the connection is open, TLS included: the exchange is written |
 * | CONNECTING, BUSY | CLOSED | error, deadline, abort, close: the exchange fails |
 * | BUSY | IDLE | the answer is whole, the request flushed, and the connection may be kept |
 * | BUSY | SETTLING | the same, and the server may have closed behind the answer |
 * | BUSY | CLOSED | the answer is whole, and the connection may not be kept |
 * | SETTLING | IDLE | the event loop has turned, and no exchange waits |
 * | SETTLING | BUSY | the event loop has turned: the exchange that waits is written |
 * | SETTLING, FENCED | CONNECTING | the same, or the fence is open, and the connection has closed meanwhile |
 * | SETTLING, FENCED | CLOSED | the exchange that waits fails, or the connection closes and none waits |
 * | IDLE | BUSY | an exchange is given |
 * | IDLE | CONNECTING | an exchange is given after too long a time |
 * | IDLE | CLOSED | the other side closes, or sends anything |
 * | CLOSED, CONNECTING, IDLE, SETTLING | FENCED | an exchange is to be sent while the fence is shut |
 * | FENCED | BUSY | the fence is open: the exchange that waits is written |
 *
 * What was written once is never written again: an exchange that meets a closed socket fails.
 */
import type { Socket } from 'node:net';
import { secondsToUs } from '../../base/units.ts';
import { afterNetworkTurn } from '../connection/network-turn.ts';
import type { Connection, ConnectionOwner } from '../connection/origin-connections.ts';
import { readBeforeDestroying } from '../connection/upload-guard.ts';
import type { Expiring } from '../exchange/deadline-sweep.ts';
import { ABRUPT_CLOSE_US, IDLE_MARGIN_MS } from '../exchange/engine.ts';
import {
  bodyOverName,
  type Exchange,
  type ExchangeHolder,
  formatSeconds,
} from '../exchange/exchange.ts';
import { failureName } from '../exchange/failure-name.ts';
import { LengthMismatch } from '../exchange/http-errors.ts';
import type { AnswerHead } from './raw-head.ts';
import { AnswerParser, type AnswerReceiver } from './raw-parser.ts';
import { type PreparedRequest, preparedOf } from './raw-request.ts';
import { writeStream } from './raw-stream-body.ts';

/**
 * All sockets of the process read into this: what is read is taken out before the next read, so that a
 * read costs no buffer and a waiting connection none either.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
/** Bodies up to this length leave in one string with their head; longer ones in one `writev`. */
const MAX_JOINED_BYTES = 16 * 1024;
const PROTOCOLS: readonly string[] = ['http/1.1'];
const NEVER = Number.POSITIVE_INFINITY;

/** Where a connection is; the table above says how it gets there. */
const State = { CLOSED: 0, CONNECTING: 1, BUSY: 2, IDLE: 3, SETTLING: 4, FENCED: 5 } as const;
type State = (typeof State)[keyof typeof State];

/** A connection that carries one exchange at a time. */
export class RawConnection implements Connection, AnswerReceiver, ExchangeHolder, Expiring {
  /** The earlier deadline of two: of the exchange that it carries, and of connecting. */
  deadlineUs: number = NEVER;
  readonly #owner: ConnectionOwner;
  readonly #parser: AnswerParser;
  #state: State = State.CLOSED;
  #socket: Socket | undefined = undefined;
  /** The exchange that is under way, or that waits until the connection has settled or the fence is open. */
  #exchange: Exchange | undefined = undefined;
  #prepared: PreparedRequest | undefined = undefined;
  #isRequestWhole = false;
  #isBodyTooLong = false;
  #connectDeadlineUs: number = NEVER;
  /** Until when the connection is used again where it is idle. */
  #usableUntilUs = 0;
  #idleUs: number;
  #hasSettled = false;
  /** When the answer before was whole; -1 for the first exchange of a connection. */
  #answeredUs = -1;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    this.#parser = new AnswerParser(this);
    this.#idleUs = secondsToUs(owner.shared.options.keepAliveIdleSeconds);
  }

  send(exchange: Exchange): void {
    exchange.heldBy(this);
    this.#exchange = exchange;
    if (this.#state === State.SETTLING) this.#holdBack(exchange);
    else this.#actIfOpen(exchange, exchange.availableUs < 0 ? this.#nowUs() : exchange.availableUs);
  }

  #become(state: State): void {
    this.#state = state;
  }

  /** While the fence is shut nothing leaves, and the deadline of what waits has to wait, too. */
  #actIfOpen(exchange: Exchange, nowUs: number): void {
    const { fence } = this.#owner.shared.parts;
    if (!fence.isShut(nowUs)) {
      this.#act(exchange, nowUs);
      return;
    }
    this.#become(State.FENCED);
    this.deadlineUs = NEVER;
    fence.hold(() => {
      if (this.#state !== State.FENCED || this.#exchange === undefined) return;
      this.#actIfOpen(this.#exchange, this.#nowUs());
    });
  }

  /** Lets `exchange` wait until the connection has settled. Its deadline holds meanwhile. */
  #holdBack(exchange: Exchange): void {
    this.deadlineUs = exchange.deadlineUs;
    this.#owner.shared.parts.sweep.watch(this);
  }

  #act(exchange: Exchange, nowUs: number): void {
    exchange.actedUs = nowUs;
    const prepared = preparedOf(
      exchange.request,
      this.#owner.endpoint.authority,
      this.#owner.shared.options.keepAlive,
    );
    this.#prepared = prepared;
    this.#isRequestWhole = false;
    this.#isBodyTooLong = false;
    const problem = prepared.problem ?? lengthProblem(prepared, exchange);
    if (problem !== undefined) {
      this.#refuse(exchange, `bad request: ${problem}`, nowUs);
      return;
    }
    if (this.#socket !== undefined && nowUs > this.#usableUntilUs) this.#dropSocket();
    if (this.#socket === undefined) {
      this.#open(nowUs);
      return;
    }
    this.deadlineUs = exchange.deadlineUs;
    this.#owner.shared.parts.sweep.due(exchange.deadlineUs);
    this.#write(exchange, prepared, nowUs);
  }

  abort(_exchange: Exchange, failure: string): void {
    this.#fail(failure);
  }

  /** A deadline has passed: of connecting, or the exchange's own. */
  expire(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    // Which deadline it was decides the failure's name.
    const isOfConnecting = this.#connectDeadlineUs < exchange.deadlineUs;
    if (!isOfConnecting) exchange.expire();
    else {
      const { connectTimeoutSeconds } = this.#owner.shared.options;
      this.#fail(`connect timeout after ${formatSeconds(connectTimeoutSeconds)} s`);
    }
  }

  destroy(): void {
    this.#become(State.CLOSED);
    this.#dropSocket();
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#answeredUs = -1;
    this.deadlineUs = NEVER;
    this.#connectDeadlineUs = NEVER;
    this.#owner.shared.parts.sweep.remove(this);
    socket?.destroy();
  }

  receiveHead(head: AnswerHead): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    exchange.setHead(head.status, head.headers);
    // A body that is announced as too long need not be waited for.
    if (head.contentLength > exchange.limits.maxBodyBytes) this.#isBodyTooLong = true;
    if (head.keepAliveMs >= 0) this.#idleUs = (head.keepAliveMs - IDLE_MARGIN_MS) * 1000;
  }

  receiveBody(bytes: Buffer, from: number, to: number, restBytes: number): boolean {
    const isKept = this.#exchange?.addBody(bytes, from, to, restBytes) ?? false;
    // It may be known as too long since its head, so this is never set back.
    if (!isKept) this.#isBodyTooLong = true;
    return isKept;
  }

  receiveText(text: string, at: number): boolean {
    const isKept = this.#exchange?.addText(text, at) ?? false;
    // It may be known as too long since its head, so this is never set back.
    if (!isKept) this.#isBodyTooLong = true;
    return isKept;
  }

  #open(nowUs: number): void {
    const { shared, endpoint, session } = this.#owner;
    const { connectTimeoutSeconds } = shared.options;
    const exchange = this.#exchange;
    let socket: Socket;
    try {
      socket = shared.opener.open(endpoint, {
        onread: {
          buffer: READ_BUFFER,
          callback: (count) => {
            this.#read(socket, count);
            return true;
          },
        },
        session,
        protocols: PROTOCOLS,
      });
    } catch (error) {
      if (exchange !== undefined) this.#refuse(exchange, failureName(error), nowUs);
      return;
    }
    this.#become(State.CONNECTING);
    this.#socket = socket;
    this.#hasSettled = false;
    this.#listen(socket);
    if (connectTimeoutSeconds > 0) {
      this.#connectDeadlineUs = nowUs + secondsToUs(connectTimeoutSeconds);
    }
    this.deadlineUs = Math.min(this.#connectDeadlineUs, exchange?.deadlineUs ?? NEVER);
    shared.parts.sweep.watch(this);
  }

  #listen(socket: Socket): void {
    const { isSecure } = this.#owner.endpoint;
    socket.once('connect', () => {
      if (socket !== this.#socket) return;
      const nowUs = this.#nowUs();
      if (this.#exchange !== undefined) this.#exchange.connectedUs = nowUs;
      if (!isSecure) this.#opened(nowUs);
    });
    if (isSecure) {
      socket.once('secureConnect', () => {
        if (socket !== this.#socket) return;
        const nowUs = this.#nowUs();
        if (this.#exchange !== undefined) this.#exchange.securedUs = nowUs;
        this.#opened(nowUs);
      });
      socket.on('session', (session: Buffer) => {
        this.#owner.session = session;
      });
    }
    socket.on('error', (error: Error) => {
      if (socket === this.#socket) this.#lost(error);
    });
    socket.on('end', () => {
      if (socket === this.#socket) this.#lost(undefined);
    });
    socket.on('close', () => {
      if (socket === this.#socket) this.#lost(undefined);
    });
  }

  #opened(nowUs: number): void {
    this.#connectDeadlineUs = NEVER;
    const exchange = this.#exchange;
    const prepared = this.#prepared;
    if (exchange === undefined || prepared === undefined) return;
    if (this.#owner.shared.parts.fence.isShut(nowUs)) {
      // It stood still while it connected: the connection is made anew.
      this.#actIfOpen(exchange, nowUs);
      return;
    }
    this.deadlineUs = exchange.deadlineUs;
    this.#write(exchange, prepared, nowUs);
  }

  #write(exchange: Exchange, prepared: PreparedRequest, nowUs: number): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#become(State.BUSY);
    this.#parser.begin(prepared.isHead, prepared.memory);
    const body = exchange.requestBody;
    if (body !== null && !(body instanceof Uint8Array)) {
      this.#writeStream(socket, exchange, prepared, body);
      return;
    }
    exchange.markSent(nowUs);
    this.#isRequestWhole = true;
    if (body === null || body.length === 0) {
      exchange.requestSentUs = nowUs;
      if (this.#owner.endpoint.isSecure) socket.write(prepared.bodylessBytes);
      else socket.write(prepared.bodyless, 'latin1');
    } else this.#writeBody(socket, exchange, prepared.lead, body);
  }

  #writeBody(socket: Socket, exchange: Exchange, lead: string, body: Uint8Array): void {
    const head = `${lead}content-length: ${body.length}\r\n\r\n`;
    if (body.length <= MAX_JOINED_BYTES) {
      exchange.requestSentUs = exchange.sentUs;
      socket.write(head + latin1Of(body), 'latin1');
      return;
    }
    readBeforeDestroying(socket, () => this.#isBusyWith(socket));
    socket.cork();
    socket.write(head, 'latin1');
    // A body that does not fit into the socket's buffers takes as long as the server takes to read it.
    socket.write(body, () => {
      if (!exchange.isEnded) exchange.requestSentUs = this.#nowUs();
    });
    socket.uncork();
  }

  #writeStream(
    socket: Socket,
    exchange: Exchange,
    prepared: PreparedRequest,
    body: AsyncIterable<Uint8Array>,
  ): void {
    const isWanted = (): boolean => this.#exchange === exchange;
    readBeforeDestroying(socket, () => this.#isBusyWith(socket));
    writeStream(body, {
      socket,
      lead: prepared.lead,
      givenLength: prepared.givenLength,
      isWanted,
      begun: () => exchange.markSent(this.#nowUs()),
    }).then(
      () => {
        if (!isWanted()) return;
        this.#isRequestWhole = true;
        exchange.requestSentUs = this.#nowUs();
      },
      (error: unknown) => {
        if (!isWanted()) return;
        const isLength = error instanceof LengthMismatch;
        this.#fail(isLength ? `bad request: ${error.message}` : failureName(error));
      },
    );
  }

  #read(socket: Socket, count: number): void {
    if (socket !== this.#socket) return;
    const exchange = this.#exchange;
    if (exchange === undefined || this.#state !== State.BUSY) {
      // Nobody asked: this must not be taken for the answer to the next request.
      this.#lostUnused();
      return;
    }
    const parser = this.#parser;
    const nowUs = this.#nowUs();
    if (parser.isBeforeAnswer) exchange.firstByteUs = nowUs;
    const at = parser.read(READ_BUFFER, 0, count);
    if (parser.isComplete && !this.#isBodyTooLong) {
      exchange.bytesReceived += at;
      this.#finish(exchange, nowUs, parser.isKept && at === count);
      return;
    }
    exchange.bytesReceived += count;
    if (this.#isBodyTooLong) this.#fail(bodyOverName(exchange.limits.maxBodyBytes));
    else if (parser.failure !== undefined) this.#fail(parser.failure);
  }

  /** The answer is whole. */
  #finish(exchange: Exchange, nowUs: number, isKept: boolean): void {
    this.#exchange = undefined;
    this.deadlineUs = NEVER;
    if (isKept && this.#prepared?.isLast === false && this.#isFlushed) {
      this.#answeredUs = nowUs;
      this.#usableUntilUs = nowUs + this.#idleUs;
      if (this.#hasSettled && !this.#owner.closesUnasked) this.#become(State.IDLE);
      else this.#settle();
    } else this.destroy();
    // Released first, so that a request which the listener makes finds this connection free.
    this.#owner.release(this);
    exchange.end(nowUs, undefined);
    this.#owner.next();
  }

  #isBusyWith(socket: Socket): boolean {
    return this.#state === State.BUSY && this.#socket === socket;
  }

  /** Whether the request has left whole: a request behind the rest of an upload would wait for it. */
  get #isFlushed(): boolean {
    return this.#isRequestWhole && this.#socket?.writableLength === 0;
  }

  /**
   * A server may close without having said so, and the news of that be on its way behind the answer: a
   * request that leaves at once would be lost. So the event loop turns once, network included, before a
   * connection is used for its second exchange, and before every one where the server was seen to do so.
   */
  #settle(): void {
    this.#hasSettled = true;
    this.#become(State.SETTLING);
    afterNetworkTurn(() => this.#settled());
  }

  #settled(): void {
    if (this.#state !== State.SETTLING) return;
    const exchange = this.#exchange;
    if (exchange === undefined) this.#become(State.IDLE);
    // The request could have been sent before: this wait is of our own making, and so send lag.
    else this.#actIfOpen(exchange, this.#nowUs());
  }

  /** The socket is of no use any more: the other side closed, or the network failed. */
  #lost(error: Error | undefined): void {
    const exchange = this.#exchange;
    const isBusy = this.#state === State.BUSY;
    if (exchange === undefined || (!isBusy && this.#state !== State.CONNECTING)) {
      const isUsed = this.#answeredUs >= 0;
      if (isUsed && this.#nowUs() - this.#answeredUs < ABRUPT_CLOSE_US) {
        this.#owner.noteUnaskedClose();
      }
      this.#lostUnused();
      return;
    }
    if (isBusy && this.#isLostBehindAnswer(exchange)) this.#owner.noteUnaskedClose();
    if (error !== undefined || !isBusy || !exchange.isSent) {
      this.#fail(error === undefined ? 'ECONNRESET' : failureName(error));
      return;
    }
    this.#parser.end();
    if (this.#parser.isComplete) this.#finish(exchange, this.#nowUs(), false);
    else this.#fail(this.#parser.failure ?? 'ECONNRESET');
  }

  /** Whether the server may have closed right behind the answer before, while the request was leaving. */
  #isLostBehindAnswer(exchange: Exchange): boolean {
    const isUsedAgain = this.#answeredUs >= 0 && this.#parser.isBeforeAnswer;
    return isUsedAgain && exchange.sentUs - this.#answeredUs < ABRUPT_CLOSE_US;
  }

  /** The socket has closed, or is of no use, while nothing was under way on it. An exchange may wait. */
  #lostUnused(): void {
    if (this.#exchange === undefined) this.destroy();
    else this.#dropSocket();
  }

  #fail(failure: string): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) this.#refuse(exchange, failure, this.#nowUs());
  }

  /** Ends the exchange as failed, and the connection with it. */
  #refuse(exchange: Exchange, failure: string, nowUs: number): void {
    this.#exchange = undefined;
    this.destroy();
    this.#owner.release(this);
    exchange.end(nowUs, failure);
    this.#owner.next();
  }

  #nowUs(): number {
    return this.#owner.shared.parts.clock.nowUs();
  }
}

function lengthProblem(prepared: PreparedRequest, exchange: Exchange): string | undefined {
  const given = prepared.givenLength;
  const body = exchange.requestBody;
  if (given < 0 || (body !== null && !(body instanceof Uint8Array))) return undefined;
  return given === (body?.length ?? 0) ? undefined : 'content-length is not that of the body';
}

function latin1Of(body: Uint8Array): string {
  const bytes =
    body instanceof Buffer ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.toString('latin1');
}
