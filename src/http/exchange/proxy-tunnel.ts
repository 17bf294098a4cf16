import type { Socket } from 'node:net';
import type { Endpoint } from './endpoint.ts';
import { ProxyRefusal } from './http-errors.ts';

/** Longest answer of a proxy to CONNECT. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Asks the proxy at the other end of `socket` for a tunnel to `endpoint`.
 *
 * @param opened - Called once: with `null` when bytes written to `socket` reach the endpoint.
 */
export function openTunnel(
  socket: Socket,
  endpoint: Endpoint,
  authorization: string | undefined,
  opened: (error: Error | null) => void,
): void {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const target = `${host}:${endpoint.port}`;
  let answer = '';
  const finish = (error: Error | null): void => {
    socket.off('data', read);
    socket.off('error', finish);
    socket.off('close', closed);
    if (error !== null) {
      // Nobody is to hear of what happens to it afterwards.
      socket.on('error', () => undefined);
      socket.destroy();
    } else socket.pause();
    opened(error);
  };
  const closed = (): void => finish(new ProxyRefusal('proxy: closed'));
  const read = (chunk: Buffer): void => {
    answer += chunk.toString('latin1');
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) {
      if (answer.length > MAX_ANSWER_BYTES) finish(new ProxyRefusal('proxy: answer too long'));
      return;
    }
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
    if (status === undefined) finish(new ProxyRefusal('proxy: no answer of HTTP'));
    else if (!status.startsWith('2')) finish(new ProxyRefusal(`proxy: HTTP ${status}`));
    // The server speaks second in TLS: whatever is here already is not from it.
    else if (answer.length > end + 4) finish(new ProxyRefusal('proxy: answer too long'));
    else finish(null);
  };
  socket.on('data', read);
  socket.on('error', finish);
  socket.on('close', closed);
  const secret = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${secret}\r\n`, 'latin1');
}
