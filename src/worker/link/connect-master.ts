import type { Transport } from '../../protocol/channel/transport.ts';
import { WORKER_PATH } from '../../protocol/channel/version.ts';
import { wsTransport } from '../../protocol/channel/ws-transport.ts';
import { dialMaster } from '../../protocol/join/dial-master.ts';

/** Largest message that a worker takes from a master: the run's configuration may be long. */
const MAX_INCOMING_BYTES = 4 * 1024 * 1024;

/** Where a master is, and what proves that this worker may join. */
export interface MasterAddress {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Opens a worker's connection to a master. The master has to prove that the token is its own.
 *
 * @throws {KatydidError} `KAT_REFUSED` where the master answered and does not want this worker (wrong
 *   token, other version), or is not the one that made the token. After any other error the worker may
 *   try again.
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
