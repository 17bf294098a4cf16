import type { Clock } from '../../base/clock.ts';
import type { SendFence } from '../../base/send-fence.ts';
import type { HttpEngine } from '../exchange/engine.ts';
import { ConnectionPool } from './connection-pool.ts';
import { engineParts } from './engine-parts.ts';
import type { ConnectionMaker } from './origin-connections.ts';
import { SocketBudget } from './socket-budget.ts';

/**
 * An engine that keeps the connections of each user in a pool. Engines differ in their connections alone.
 *
 * @param make - Makes a connection of the engine's own kind, which is not open yet.
 * @param sockets - Shared by all engines of a process. @default no limit
 * @param fence - Holds exchanges back while it is shut. @default always open
 */
export function pooledEngine(
  make: ConnectionMaker,
  clock: Clock,
  sockets: SocketBudget = new SocketBudget(),
  fence?: SendFence,
): HttpEngine {
  const parts = engineParts(clock, sockets, fence);
  return {
    connectionSet: (options) => new ConnectionPool(parts, options, make),
    rest: () => parts.sweep.rest(),
  };
}
