import type { Clock } from '../base/clock.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { ConnectionOptions, ConnectionSet, HttpEngine } from './engine.ts';
import { type EngineParts, engineParts } from './engine-parts.ts';
import type { ConnectionOwner } from './origin-connections.ts';
import { UndiciConnection } from './undici-connection.ts';

function connect(owner: ConnectionOwner): UndiciConnection {
  return new UndiciConnection(owner);
}

/** The complete engine, by undici's `Client.dispatch`: HTTP/2 and proxies too, with deadlines of our own. */
export class UndiciEngine implements HttpEngine {
  readonly #parts: EngineParts;

  constructor(clock: Clock) {
    this.#parts = engineParts(clock);
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    return new ConnectionPool(this.#parts, options, connect);
  }

  rest(): void {
    this.#parts.sweep.rest();
  }
}
