import { WebSocket } from 'ws';
import { KatydidError } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import type { Transport } from '../protocol/transport.ts';
import {
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  VERSION_HEADER,
  WORKER_PATH,
} from '../protocol/version.ts';
import { wsTransport } from '../protocol/ws-transport.ts';

/** Time for one attempt to connect, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 5000;
/** Largest message from a master: configuration with everything in it. */
const MAX_INCOMING_BYTES = 4 * 1024 * 1024;
/** Longest explanation of a refusal that is read. */
const MAX_REFUSAL_BYTES = 4096;

/** Where a master is and how to prove that one may join. */
export interface MasterAddress {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Opens a worker's connection to a master.
 *
 * @throws {KatydidError} `KAT_REFUSED` where the master answered and does not want this worker (wrong
 *   token, other version); any other error means that it may be tried again.
 */
export function connectMaster(address: MasterAddress): Promise<Transport> {
  const url = new URL(WORKER_PATH, address.url);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_INCOMING_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      followRedirects: false,
      headers: {
        authorization: `Bearer ${address.token}`,
        [PROTOCOL_HEADER]: String(PROTOCOL_VERSION),
        [VERSION_HEADER]: VERSION,
      },
    });
    socket.once('open', () => resolve(wsTransport(socket, url.host)));
    socket.once('error', reject);
    socket.once('unexpected-response', (request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        // Whoever answers without end is no master.
        if (body.length > MAX_REFUSAL_BYTES) response.destroy();
      });
      response.once('close', () => {
        request.destroy();
        reject(refusal(response.statusCode ?? 0, body.slice(0, MAX_REFUSAL_BYTES)));
      });
    });
  });
}

function refusal(status: number, body: string): KatydidError {
  let message = `HTTP ${status}`;
  let hint = 'Is this really the address of a katydid master?';
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      if ('message' in parsed && typeof parsed.message === 'string') message = parsed.message;
      if ('hint' in parsed && typeof parsed.hint === 'string') hint = parsed.hint;
    }
  } catch {
    // Not katydid's own answer: some other server listens there, which the default hint says.
  }
  return new KatydidError('KAT_REFUSED', `the master refused this worker: ${message}`, { hint });
}
