import type { Socket } from 'node:net';
import { afterNetworkTurn } from './network-turn.ts';

/**
 * Lets a socket be read once more before a failed write destroys it. A server may answer an upload at once
 * and reset the connection: the write fails, and Node would close the socket with the answer unread.
 *
 * @param isAwaited - Whether an answer is still to come. Where not, the socket is destroyed at once.
 */
export function readBeforeDestroying(socket: Socket, isAwaited: () => boolean): void {
  // Once for each socket, which may carry many uploads.
  if (Object.hasOwn(socket, 'destroy')) return;
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error?: Error): Socket => {
    if (error === undefined || !isAwaited()) return destroy(error);
    afterNetworkTurn(() => destroy(error));
    return socket;
  };
}
