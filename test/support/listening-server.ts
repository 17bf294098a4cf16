import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { atEnd } from './at-end.ts';

/** Lets a server listen on a free port of this machine until the test that runs ends. @returns The port. */
export async function listenHere(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return port;
}
