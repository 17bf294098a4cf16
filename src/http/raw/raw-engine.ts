import type { Clock } from '../../base/clock.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { ConnectionPool } from '../connection/connection-pool.ts';
import { type EngineParts, engineParts } from '../connection/engine-parts.ts';
import type { ConnectionOwner } from '../connection/origin-connections.ts';
import { SocketBudget } from '../connection/socket-budget.ts';
import type { ConnectionOptions, ConnectionSet, HttpEngine } from '../exchange/engine.ts';
import { RawConnection } from './raw-connection.ts';

function connect(owner: ConnectionOwner): RawConnection {
  return new RawConnection(owner);
}

/** The fast engine: HTTP/1.1 over plain sockets and TLS, with a parser of our own. */
export class RawEngine implements HttpEngine {
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
