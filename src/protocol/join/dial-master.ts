import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { ProtocolError } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import { PROTOCOL_HEADER, PROTOCOL_VERSION, VERSION_HEADER } from '../channel/version.ts';
import {
  CHALLENGE_PATH,
  createNonce,
  looksLikeNonce,
  NONCE_HEADER,
  PROOF_HEADER,
  proofKey,
  proofOf,
  proofsMatch,
} from './handshake.ts';
import { MAX_REFUSAL_BYTES, masterRefusal, refusedBecause } from './master-refusal.ts';
import { type MasterPlace, type MasterSocket, openMasterSocket } from './master-socket.ts';
import { parseToken } from './token.ts';

/** A worker must be able to end though its master hangs. The types of `ws` lack this option. */
const CLOSING = { closeTimeout: 2000 };
/** Time for one attempt to join, in milliseconds. */
const ATTEMPT_TIMEOUT_MS = 5000;
const UPGRADE_REQUIRED = 426;

/** Where a master is, and how to come in. */
export interface DialOptions {
  /** `ws://host:port` or `wss://host:port`. Without TLS in it, TLS is used where the token or the master wants it. */
  readonly url: string;
  /** `undefined`: no proof is sent; only the control API of a master bound to loopback allows that. */
  readonly token: string | undefined;
  /** `WORKER_PATH` or `CONTROL_PATH`. */
  readonly path: string;
  /** Largest message accepted from the master, in bytes. */
  readonly maxIncomingBytes: number;
}

/** The answer to an HTTP request that did not lead to a WebSocket. */
interface PlainAnswer {
  readonly status: number;
  readonly wantsTls: boolean;
  readonly body: string;
}

/**
 * Opens a WebSocket to a master once each end has proven to the other that it knows the secret.
 *
 * @returns An open WebSocket on which nothing was said yet.
 * @throws {KatydidError} `KAT_REFUSED` where another attempt cannot succeed: the master refuses (wrong
 *   token, other version), or the token belongs to another master. Any other error may be gone later.
 */
export async function dialMaster(options: DialOptions): Promise<WebSocket> {
  const place = placeOf(options);
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  const first = await dialPlace(options, place, signal);
  if (first instanceof WebSocket) return first;
  // The address says ws://, and the master speaks TLS. To follow is safe: the proof is bound to the certificate.
  if (first.wantsTls && !place.tls) {
    const second = await dialPlace(options, { ...place, tls: true }, signal);
    if (second instanceof WebSocket) return second;
    throw masterRefusal(second.status, second.body);
  }
  throw masterRefusal(first.status, first.body);
}

function placeOf({ url, token }: DialOptions): MasterPlace {
  const { protocol, hostname, port } = new URL(url);
  const parsed = token === undefined ? undefined : parseToken(token);
  const wantsTls = protocol === 'wss:';
  if (wantsTls && parsed?.kind === 'no-tls') {
    throw refusedBecause(
      'the join token belongs to a master without TLS, and the address asks for TLS (wss://)',
      'Use ws:// in the address, or the token of the master at that address.',
    );
  }
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || (wantsTls ? 443 : 80)),
    tls: wantsTls || parsed?.kind === 'pinned',
    pinned: parsed?.kind === 'pinned' ? parsed.certificateHash : undefined,
  };
}

async function dialPlace(
  { token, path, maxIncomingBytes }: DialOptions,
  place: MasterPlace,
  signal: AbortSignal,
): Promise<WebSocket | PlainAnswer> {
  const opened = await openMasterSocket(place, signal);
  const giveUp = (): void => {
    opened.socket.destroy(new ProtocolError('no answer in time'));
  };
  signal.addEventListener('abort', giveUp, { once: true });
  const agent = new OneSocketAgent(opened.socket);
  try {
    const proof =
      token === undefined
        ? undefined
        : await answerChallenge(agent, place, opened, { token, path });
    if (proof !== undefined && 'status' in proof) return proof;
    return await upgrade(agent, place, path, maxIncomingBytes, proof);
  } catch (error) {
    opened.socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** The headers that go with the upgrade, and the proof that must come back. */
interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  readonly wanted: string;
}

async function answerChallenge(
  agent: Agent,
  { host, port }: MasterPlace,
  { binding }: MasterSocket,
  { token, path }: { readonly token: string; readonly path: string },
): Promise<Proof | PlainAnswer> {
  const challenge = request({ agent, host, port, path: CHALLENGE_PATH, headers: versionHeaders() });
  challenge.end();
  const answer = await answerTo(challenge);
  if (answer.status !== 200) return answer;
  const clientNonce = createNonce();
  const parts = { path, clientNonce, masterNonce: nonceIn(answer.body), binding };
  const key = proofKey(token);
  return {
    headers: { [NONCE_HEADER]: clientNonce, [PROOF_HEADER]: proofOf(key, 'client', parts) },
    wanted: proofOf(key, 'master', parts),
  };
}

function versionHeaders(): Record<string, string> {
  return { [PROTOCOL_HEADER]: String(PROTOCOL_VERSION), [VERSION_HEADER]: VERSION };
}

function nonceIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'nonce' in parsed) {
      if (looksLikeNonce(parsed.nonce)) return parsed.nonce;
    }
  } catch {
    // Not JSON: said below.
  }
  throw refusedBecause(
    'the server at that address is no katydid master',
    'Check host and port of the address.',
  );
}

function upgrade(
  agent: Agent,
  { host, port }: MasterPlace,
  path: string,
  maxIncomingBytes: number,
  proof: Proof | undefined,
): Promise<WebSocket | PlainAnswer> {
  const authority = host.includes(':') ? `[${host}]` : host;
  // The agent's socket may have TLS already, whatever the scheme here.
  const socket = new WebSocket(`ws://${authority}:${port}${path}`, {
    agent,
    perMessageDeflate: false,
    maxPayload: maxIncomingBytes,
    followRedirects: false,
    headers: { ...versionHeaders(), ...proof?.headers },
    ...CLOSING,
  });
  return new Promise((resolve, reject) => {
    // Before `open`, and before any frame of the other end is read.
    socket.once('upgrade', (response) => {
      if (proof === undefined || proofsMatch(response.headers[PROOF_HEADER], proof.wanted)) return;
      reject(
        refusedBecause(
          'the master could not prove that it knows the join secret',
          'Check the address: another server may listen there.',
        ),
      );
      socket.terminate();
    });
    socket.once('open', () => {
      // Nothing may be lost until the owner listens.
      socket.pause();
      resolve(socket);
    });
    socket.on('error', reject);
    socket.once('unexpected-response', (upgradeRequest, response) => {
      void readAnswer(response).then((answer) => {
        upgradeRequest.destroy();
        resolve(answer);
      });
    });
  });
}

function answerTo(challenge: ReturnType<typeof request>): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    challenge.once('error', reject);
    // Among others, an answer that switches protocols without being asked to ends here.
    const onClose = (): void => reject(new ProtocolError('the connection was closed'));
    challenge.once('close', onClose);
    challenge.once('response', (response) => {
      challenge.off('close', onClose);
      response.once('error', reject);
      void readAnswer(response).then(resolve);
    });
  });
}

function readAnswer(response: IncomingMessage): Promise<PlainAnswer> {
  const { statusCode: status = 0, headers } = response;
  const wantsTls = status === UPGRADE_REQUIRED && /^TLS\b/.test(headers.upgrade ?? '');
  let body = '';
  return new Promise((resolve) => {
    const finish = (): void =>
      resolve({ status, wantsTls, body: body.slice(0, MAX_REFUSAL_BYTES) });
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      body += text;
      // A master's answer is short: a long one shows that something else listens there.
      if (body.length > MAX_REFUSAL_BYTES) response.destroy();
    });
    response.once('end', finish);
    response.once('close', finish);
    response.once('error', finish);
  });
}

/** Sends all its requests over one socket that is open already, one after the other. */
class OneSocketAgent extends Agent {
  readonly #socket: Socket;
  #isUsed = false;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Socket | undefined {
    if (!this.#isUsed && !this.#socket.destroyed) {
      this.#isUsed = true;
      return this.#socket;
    }
    // Not thrown: an event of the socket may call this, and nobody would catch the error there.
    const gone = new ProtocolError('the connection was closed in the middle of joining');
    process.nextTick(() => callback?.(gone, this.#socket));
    return undefined;
  }
}
