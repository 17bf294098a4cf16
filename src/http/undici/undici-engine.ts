import type { Clock } from '../../base/clock.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { ConnectionPool } from '../connection/connection-pool.ts';
import { type EngineParts, engineParts } from '../connection/engine-parts.ts';
import type { ConnectionOwner } from '../connection/origin-connections.ts';
import { SocketBudget } from '../connection/socket-budget.ts';
import type { ConnectionOptions, ConnectionSet, HttpEngine } from '../exchange/engine.ts';
import { UndiciConnection } from './undici-connection.ts';

function connect(owner: ConnectionOwner): UndiciConnection {
  return new UndiciConnection(owner);
}

/** The complete engine, by undici's `Client.dispatch`: HTTP/2 and proxies too, with deadlines of our own. */
export class UndiciEngine implements HttpEngine {
  readonly #parts: EngineParts;

  /**
   * @param sockets - Shared by all engines of a process.
   * @param fence - Holds exchanges back while it is shut; absent: never.
   */
  constructor(clock: Clock, sockets: SocketBudget = new SocketBudget(), fence?: SendFence) {
    this.#parts = engineParts(clock, sockets, fence);
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    return new ConnectionPool(this.#parts, options, connect);
  }

  rest(): void {
    this.#parts.sweep.rest();
  }
}
