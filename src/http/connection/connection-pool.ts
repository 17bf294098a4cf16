import type { ConnectionOptions, ConnectionSet } from '../exchange/engine.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { EngineParts } from './engine-parts.ts';
import {
  type ConnectionMaker,
  OriginConnections,
  type UserConnectionParts,
} from './origin-connections.ts';
import { SocketOpener } from './socket-opener.ts';

/** The connections of one user, by origin. */
export class ConnectionPool implements ConnectionSet {
  readonly #parts: EngineParts;
  readonly #options: ConnectionOptions;
  readonly #make: ConnectionMaker;
  /** Made with the first connection: a user that makes no request costs nothing here. */
  #shared: UserConnectionParts | undefined = undefined;
  /** Most users talk to one origin: it needs no look-up, and no map. */
  #latest: OriginConnections | undefined = undefined;
  #others: Map<string, OriginConnections> | undefined = undefined;

  constructor(parts: EngineParts, options: ConnectionOptions, make: ConnectionMaker) {
    this.#parts = parts;
    this.#options = options;
    this.#make = make;
  }

  start(exchange: Exchange): void {
    const { origin } = exchange.request;
    const latest = this.#latest;
    if (latest !== undefined && latest.origin === origin) latest.start(exchange);
    else this.#switchTo(origin).start(exchange);
  }

  close(): void {
    const { connections } = this;
    // What is busy goes on in the old ones, where nothing new will join it.
    this.#latest = undefined;
    this.#others = undefined;
    this.#shared?.opener.forgetNames();
    for (const one of connections) one.close();
  }

  private get connections(): readonly OriginConnections[] {
    const others = this.#others === undefined ? [] : [...this.#others.values()];
    return this.#latest === undefined ? others : [this.#latest, ...others];
  }

  #switchTo(origin: string): OriginConnections {
    const others = this.#others ?? new Map<string, OriginConnections>();
    if (this.#latest !== undefined) {
      others.set(this.#latest.origin, this.#latest);
      this.#others = others;
    }
    const known = others.get(origin);
    if (known !== undefined) others.delete(origin);
    this.#latest = known ?? new OriginConnections(origin, this.#sharedParts());
    return this.#latest;
  }

  #sharedParts(): UserConnectionParts {
    this.#shared ??= {
      parts: this.#parts,
      options: this.#options,
      opener: new SocketOpener(this.#parts, this.#options),
      make: this.#make,
    };
    return this.#shared;
  }
}
