import type { Clock } from '../base/clock.ts';
import { DeadlineSweep } from './deadline-sweep.ts';
import type { ConnectionOptions, ConnectionSet, HttpEngine } from './engine.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange } from './exchange.ts';
import { TlsContexts } from './tls-contexts.ts';
import { OriginConnections } from './undici-origin.ts';

/** The complete engine: HTTP/1.1 by undici's `Client.dispatch`, with connections and deadlines of our own. */
export class UndiciEngine implements HttpEngine {
  readonly #parts: EngineParts;

  constructor(clock: Clock) {
    this.#parts = { clock, sweep: new DeadlineSweep(clock), tlsContexts: new TlsContexts() };
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    return new UndiciConnectionSet(this.#parts, options);
  }

  rest(): void {
    this.#parts.sweep.rest();
  }
}

/** The connections of one user, by origin. */
class UndiciConnectionSet implements ConnectionSet {
  readonly #parts: EngineParts;
  readonly #options: ConnectionOptions;
  readonly #origins = new Map<string, OriginConnections>();

  constructor(parts: EngineParts, options: ConnectionOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(exchange: Exchange): void {
    const { origin } = exchange.request;
    let connections = this.#origins.get(origin);
    if (connections === undefined) {
      connections = new OriginConnections(origin, this.#parts, this.#options);
      this.#origins.set(origin, connections);
    }
    connections.start(exchange);
  }

  close(): void {
    const open = [...this.#origins.values()];
    // What is busy goes on in the old ones, where nothing new will join it.
    this.#origins.clear();
    for (const connections of open) connections.close();
  }
}
