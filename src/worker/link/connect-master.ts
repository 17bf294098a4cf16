import type { Transport } from '../../protocol/channel/transport.ts';
import { WORKER_PATH } from '../../protocol/channel/version.ts';
import { wsTransport } from '../../protocol/channel/ws-transport.ts';
import { dialMaster } from '../../protocol/join/dial-master.ts';

/** Largest message from a master: configuration with everything in it. */
const MAX_INCOMING_BYTES = 4 * 1024 * 1024;

/** Where a master is and how to prove that one may join. */
export interface MasterAddress {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Opens a worker's connection to a master, and has it prove that it is the one that the token is of.
 *
 * @throws {KatydidError} `KAT_REFUSED` where the master answered and does not want this worker (wrong
 *   token, other version), or is another one; any other error means that it may be tried again.
 */
export async function connectMaster({ url, token }: MasterAddress): Promise<Transport> {
  const socket = await dialMaster({
    url,
    token,
    path: WORKER_PATH,
    maxIncomingBytes: MAX_INCOMING_BYTES,
  });
  return wsTransport(socket, new URL(url).host);
}
