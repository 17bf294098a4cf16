import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../base/clock.ts';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import { MAX_MESSAGE_BYTES, WORKER_PATH } from '../../protocol/channel/version.ts';
import { wsTransport } from '../../protocol/channel/ws-transport.ts';
import type { RunCertificate } from '../../protocol/join/certificate.ts';
import { CHALLENGE_PATH, PROOF_HEADER } from '../../protocol/join/handshake.ts';
import { FrontDoor } from './front-door.ts';
import { Gate, pathOf } from './gate.ts';
import { answerHealth, HEALTH_PATH } from './health.ts';
import { type Refusal, refusalBytes } from './refusal.ts';
import { RefusalLog } from './refusal-log.ts';

/** Bounds on strangers: what they send before they proved anything is small and soon over. */
const MAX_HEADER_BYTES = 4 * 1024;
const HEADERS_TIMEOUT_MS = 5000;
/** A challenge, its answer, and one mistake. */
const MAX_REQUESTS_PER_CONNECTION = 3;
const MAX_CONNECTIONS = 4096;

/** What a hub works with. */
export interface HubOptions {
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  /** `undefined`: no TLS. */
  readonly certificate?: RunCertificate | undefined;
  readonly clock: Clock;
  readonly onWorker: (transport: Transport) => void;
  readonly onControl: (transport: Transport) => void;
  /** Whether the master can do its work: `GET /health` says so to everybody. */
  readonly isHealthy: () => boolean;
  /** Told once for each address and reason, 200 times at most. */
  readonly onRefused: (peer: string, why: string) => void;
}

/** The master's one port, for workers and control clients; they prove themselves before any frame is read. */
export interface Hub {
  readonly port: number;
  /** Closes the port and all connections; resolves when they are gone. */
  close(): Promise<void>;
}

/**
 * Opens the port.
 *
 * @throws {KatydidError} `KAT_PORT` where it is taken, or the address is not this machine's.
 */
export async function openHub(options: HubOptions): Promise<Hub> {
  const hub = new PortHub(options);
  await hub.listen();
  return hub;
}

class PortHub implements Hub {
  readonly #options: HubOptions;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #gate: Gate;
  readonly #door: FrontDoor;
  readonly #refusals: RefusalLog;
  /** The proof that the answer to an admitted request carries. */
  readonly #proofs = new WeakMap<IncomingMessage, string>();

  constructor(options: HubOptions) {
    this.#options = options;
    const { clock, certificate, token, bind } = options;
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    this.#gate = new Gate({ bind, token, certificateHash: certificate?.hash, clock });
    this.#refusals = new RefusalLog(options.onRefused);
    this.#door = new FrontDoor({
      server: this.#server,
      certificate,
      clock,
      random: Math.random,
      onRefused: (address, why) => this.#refusals.tell(address, why),
    });
    this.#server.on('clientError', (error, socket) => this.#onNoRequest(error, socket));
    this.#server.on('request', (request, response) => this.#onRequest(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    this.#sockets.on('headers', (headers, request) => {
      const proof = this.#proofs.get(request);
      if (proof !== undefined) headers.push(`${PROOF_HEADER}: ${proof}`);
    });
  }

  get port(): number {
    const { port } = this.#server.address() as AddressInfo; // a TCP server that listens has one
    return port;
  }

  listen(): Promise<void> {
    const { bind, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => reject(portError(error, bind, port)));
      this.#server.listen({ host: bind, port, exclusive: true }, resolve);
    });
  }

  close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      this.#door.close();
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (pathOf(request) === HEALTH_PATH) {
      this.#onHealthCheck(request, response);
      return;
    }
    if (request.method !== 'GET' || pathOf(request) !== CHALLENGE_PATH) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
      response.end(`This is a katydid master ${VERSION}: workers join with «katydid worker».\n`);
      return;
    }
    const answer = this.#gate.challenge(request);
    if ('refusal' in answer) {
      this.#refuse(request, request.socket, answer.refusal);
      return;
    }
    const body = JSON.stringify(answer);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': body.length,
      'cache-control': 'no-store',
    });
    response.end(body);
  }

  #onHealthCheck(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#gate.healthRefusal(request);
    if (refusal !== undefined) {
      this.#refuse(request, request.socket, refusal);
      return;
    }
    this.#door.excuse(request.socket);
    answerHealth(response, this.#options.isHealthy());
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const admission = this.#gate.admit(request);
    if (admission.refusal !== undefined) {
      this.#refuse(request, socket, admission.refusal);
      return;
    }
    this.#door.letIn(request.socket);
    if (admission.proof !== undefined) this.#proofs.set(request, admission.proof);
    this.#sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      const transport = wsTransport(client, peerOf(request));
      if (pathOf(request) === WORKER_PATH) this.#options.onWorker(transport);
      else this.#options.onControl(transport);
    });
  }

  #onNoRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
    const refusal = NO_REQUESTS[error.code ?? ''] ?? NOT_UNDERSTOOD;
    // A connection that breaks is no attempt, nor are bytes that follow an answer of ours.
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#refusals.tell(addressOf(socket), refusal.message);
    answerAndClose(socket, refusal, undefined);
  }

  #refuse(request: IncomingMessage, socket: Duplex, refusal: Refusal): void {
    this.#refusals.tell(request.socket.remoteAddress ?? 'unknown', refusal.message);
    answerAndClose(socket, refusal, request.method);
  }
}

const NOT_UNDERSTOOD: Refusal = {
  status: '400 Bad Request',
  message: 'the bytes that came are no HTTP request',
  hint: 'Connect with katydid worker or katydid ctl.',
};

/** The answers to bytes that are no request, by the code of Node's error. */
const NO_REQUESTS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'a request with more than 4 kB of headers',
    hint: 'Connect with katydid worker or katydid ctl.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'a request that took longer than 5 s',
    hint: 'Connect with katydid worker or katydid ctl.',
  },
};

function answerAndClose(socket: Duplex, refusal: Refusal, method: string | undefined): void {
  // The other end may leave its half open for ever, and so keep the port from closing.
  socket.once('finish', () => socket.destroy());
  socket.end(refusalBytes(refusal, method));
}

function addressOf(socket: Duplex): string {
  const { remoteAddress }: { readonly remoteAddress?: unknown } = socket as object;
  return typeof remoteAddress === 'string' ? remoteAddress : 'unknown';
}

function peerOf(request: IncomingMessage): string {
  const { remoteAddress = 'unknown', remotePort = 0 } = request.socket;
  return `${remoteAddress}:${remotePort}`;
}

function portError(error: NodeJS.ErrnoException, bind: string, port: number): KatydidError {
  const isTaken = error.code === 'EADDRINUSE';
  const message = isTaken
    ? `port ${port} on ${bind} is in use`
    : `cannot listen on ${bind} port ${port}: ${messageOf(error)}`;
  const hint = isTaken
    ? 'Another master may be running; --port 0 takes a free one.'
    : 'Check --bind and --port.';
  return new KatydidError('KAT_PORT', message, { hint, cause: error });
}
