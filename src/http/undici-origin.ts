import { type ConnectionOptions, MAX_CONNECTIONS_PER_ORIGIN } from './engine.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange } from './exchange.ts';
import { type ConnectionOwner, UndiciConnection } from './undici-connection.ts';

/** The connections of one user to one origin, and the exchanges that wait for one of them. */
export class OriginConnections implements ConnectionOwner {
  readonly origin: string;
  readonly parts: EngineParts;
  readonly options: ConnectionOptions;
  readonly #idle: UndiciConnection[] = [];
  readonly #busy = new Map<Exchange, UndiciConnection>();
  #waiting: Exchange[] = [];
  #isPumping = false;
  #isClosed = false;

  constructor(origin: string, parts: EngineParts, options: ConnectionOptions) {
    this.origin = origin;
    this.parts = parts;
    this.options = options;
  }

  /** Sends `exchange` on a free connection, or once one is free. */
  start(exchange: Exchange): void {
    exchange.begin(this.#abort);
    this.parts.sweep.add(exchange);
    this.#waiting.push(exchange);
    this.#pump(exchange);
  }

  /** Closes idle connections now, the others when their exchange is over. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  release(connection: UndiciConnection, exchange: Exchange, isReusable: boolean): void {
    this.#busy.delete(exchange);
    this.parts.sweep.remove(exchange);
    if (!isReusable) return;
    if (this.#isClosed && this.#waiting.length === 0) connection.destroy();
    else this.#idle.push(connection);
  }

  next(): void {
    this.#pump(undefined);
  }

  /**
   * A loop instead of each release starting the next: an exchange may fail at once, and thousands of
   * them in a row must not become thousands of nested calls. `newest` has not waited.
   */
  #pump(newest: Exchange | undefined): void {
    if (this.#isPumping || this.#waiting.length === 0) return;
    this.#isPumping = true;
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      const exchange = this.#waiting.shift();
      if (exchange === undefined || exchange.isEnded) continue;
      if (exchange !== newest && !this.#waitEnds(exchange)) continue;
      const connection = this.#idle.pop() ?? new UndiciConnection(this);
      this.#busy.set(exchange, connection);
      connection.send(exchange);
    }
    this.#isPumping = false;
  }

  /** False where its time is up: the connection may have become free in the same sweep that would end it. */
  #waitEnds(exchange: Exchange): boolean {
    exchange.availableUs = this.parts.clock.nowUs();
    if (exchange.availableUs < exchange.deadlineUs) return true;
    exchange.expire();
    return false;
  }

  #hasRoom(): boolean {
    return this.#idle.length > 0 || this.#busy.size < MAX_CONNECTIONS_PER_ORIGIN;
  }

  readonly #abort = (exchange: Exchange, failure: string): void => {
    const connection = this.#busy.get(exchange);
    if (connection !== undefined) {
      connection.abort(failure);
      return;
    }
    this.#waiting = this.#waiting.filter((other) => other !== exchange);
    this.parts.sweep.remove(exchange);
    exchange.end(this.parts.clock.nowUs(), failure);
  };
}
