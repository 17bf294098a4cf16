import type { Clock } from '../../base/clock.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { pooledEngine } from '../connection/pooled-engine.ts';
import type { SocketBudget } from '../connection/socket-budget.ts';
import type { HttpEngine } from '../exchange/engine.ts';
import { RawConnection } from './raw-connection.ts';

/**
 * The fast engine: HTTP/1.1 over plain sockets and TLS, with a parser of our own.
 *
 * @param sockets - Shared by all engines of a process. @default no limit
 * @param fence - Holds exchanges back while it is shut. @default always open
 */
export function rawEngine(clock: Clock, sockets?: SocketBudget, fence?: SendFence): HttpEngine {
  return pooledEngine((owner) => new RawConnection(owner), clock, sockets, fence);
}
