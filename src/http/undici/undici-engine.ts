import type { Clock } from '../../base/clock.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { pooledEngine } from '../connection/pooled-engine.ts';
import type { SocketBudget } from '../connection/socket-budget.ts';
import type { HttpEngine } from '../exchange/engine.ts';
import { UndiciConnection } from './undici-connection.ts';

/**
 * The complete engine, by undici's `Client.dispatch`: HTTP/2 and proxies too, with deadlines of our own.
 *
 * @param sockets - Shared by all engines of a process. @default no limit
 * @param fence - Holds exchanges back while it is shut. @default always open
 */
export function undiciEngine(clock: Clock, sockets?: SocketBudget, fence?: SendFence): HttpEngine {
  return pooledEngine((owner) => new UndiciConnection(owner), clock, sockets, fence);
}
