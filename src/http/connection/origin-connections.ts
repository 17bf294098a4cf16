/**
 * The connections of one user to one origin. Hot: an exchange that finds a connection free costs a push
 * and a pop; the queue and its deadlines are there for a user that asks for more than 6 things at once.
 */
import { type Endpoint, endpointOf } from '../exchange/endpoint.ts';
import { type ConnectionOptions, MAX_CONNECTIONS_PER_ORIGIN } from '../exchange/engine.ts';
import type { Exchange, ExchangeHolder } from '../exchange/exchange.ts';
import type { EngineParts } from './engine-parts.ts';
import type { SocketOpener } from './socket-opener.ts';

/** An empty list for all origins where no exchange has waited; nothing is ever put in. */
const NONE_WAITING: Exchange[] = [];

/** What carries one exchange at a time; it opens with the first, and again where it was closed. */
export interface Connection {
  /** Sends; it must be idle. */
  send(exchange: Exchange): void;
  /** Closes at once; it must be idle, and may be used again. */
  destroy(): void;
}

/** Makes a connection of an engine's own kind, which is not open yet. */
export type ConnectionMaker = (owner: ConnectionOwner) => Connection;

/** What the connections of one user have in common, whatever their origin. */
export interface UserConnectionParts {
  readonly parts: EngineParts;
  readonly options: ConnectionOptions;
  readonly opener: SocketOpener;
  readonly make: ConnectionMaker;
}

/** What gives a connection its exchanges. */
export interface ConnectionOwner {
  readonly origin: string;
  readonly endpoint: Endpoint;
  readonly shared: UserConnectionParts;
  /** Whether the server was seen to close right after an answer, without having said so. */
  readonly closesUnasked: boolean;
  /** The server was seen to do so: from now on connections to it settle before each use. */
  noteUnaskedClose(): void;
  /** The TLS session that a next connection may resume. */
  session: Buffer | undefined;
  /** `connection` is done with an exchange, which has not ended yet, and may carry another. */
  release(connection: Connection): void;
  /** A connection is done with an exchange, which has not ended yet, and is of no use any more. */
  drop(): void;
  /** The exchange has ended: a connection may be free for the next. */
  next(): void;
}

/** The connections of one user to one origin, and the exchanges that wait for one of them. */
export class OriginConnections implements ConnectionOwner, ExchangeHolder {
  readonly origin: string;
  readonly endpoint: Endpoint;
  readonly shared: UserConnectionParts;
  session: Buffer | undefined = undefined;
  /** The one that became idle last: most users have no other, and then there is no list either. */
  #idle: Connection | undefined = undefined;
  #otherIdle: Connection[] | undefined = undefined;
  #busyCount = 0;
  #waiting: Exchange[] = NONE_WAITING;
  #isPumping = false;
  #isClosed = false;

  constructor(origin: string, shared: UserConnectionParts) {
    this.origin = origin;
    this.endpoint = endpointOf(origin);
    this.shared = shared;
  }

  get closesUnasked(): boolean {
    const { closingUnasked } = this.shared.parts;
    return closingUnasked.size > 0 && closingUnasked.has(this.origin);
  }

  noteUnaskedClose(): void {
    this.shared.parts.closingUnasked.add(this.origin);
  }

  /** Sends `exchange` on a free connection, or once one is free. */
  start(exchange: Exchange): void {
    if (this.#waiting.length === 0 && this.#hasRoom()) {
      this.#sendNow(exchange);
      return;
    }
    exchange.heldBy(this);
    this.shared.parts.sweep.add(exchange);
    if (this.#waiting === NONE_WAITING) this.#waiting = [];
    this.#waiting.push(exchange);
  }

  /** Closes idle connections now, the others when their exchange is over. */
  close(): void {
    this.#isClosed = true;
    for (let idle = this.#takeIdle(); idle !== undefined; idle = this.#takeIdle()) idle.destroy();
  }

  release(connection: Connection): void {
    this.#busyCount -= 1;
    if (this.#isClosed && this.#waiting.length === 0) connection.destroy();
    else this.#keepIdle(connection);
  }

  drop(): void {
    this.#busyCount -= 1;
  }

  next(): void {
    if (this.#waiting.length > 0) this.#pump();
  }

  /** Ends `exchange`, which waits here, with `failure`. */
  abort(exchange: Exchange, failure: string): void {
    this.#waiting = this.#waiting.filter((other) => other !== exchange);
    const { sweep, clock } = this.shared.parts;
    sweep.remove(exchange);
    exchange.end(clock.nowUs(), failure);
  }

  /**
   * A loop instead of each release starting the next: an exchange may fail at once, and thousands of
   * them in a row must not become thousands of nested calls.
   */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      const exchange = this.#waiting.shift();
      if (exchange !== undefined && this.#waitEnds(exchange)) this.#sendNow(exchange);
    }
    this.#isPumping = false;
  }

  /** Whether it may be sent. Its time may be up, as a connection can become free in the sweep that would end it. */
  #waitEnds(exchange: Exchange): boolean {
    const { sweep, clock } = this.shared.parts;
    exchange.availableUs = clock.nowUs();
    if (exchange.availableUs >= exchange.deadlineUs) {
      exchange.expire();
      return false;
    }
    sweep.remove(exchange);
    return true;
  }

  #sendNow(exchange: Exchange): void {
    this.#busyCount += 1;
    const connection = this.#takeIdle() ?? this.shared.make(this);
    connection.send(exchange);
  }

  #keepIdle(connection: Connection): void {
    if (this.#idle !== undefined) {
      this.#otherIdle ??= [];
      this.#otherIdle.push(this.#idle);
    }
    this.#idle = connection;
  }

  #takeIdle(): Connection | undefined {
    const idle = this.#idle;
    if (idle !== undefined) this.#idle = this.#otherIdle?.pop();
    return idle;
  }

  #hasRoom(): boolean {
    return this.#busyCount < MAX_CONNECTIONS_PER_ORIGIN;
  }
}
