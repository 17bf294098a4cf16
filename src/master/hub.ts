import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { KatydidError, messageOf } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { tokensMatch } from '../protocol/token.ts';
import type { Transport } from '../protocol/transport.ts';
import {
  CONTROL_PATH,
  MAX_MESSAGE_BYTES,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  VERSION_HEADER,
  WORKER_PATH,
} from '../protocol/version.ts';
import { wsTransport } from '../protocol/ws-transport.ts';

/** Bounds on strangers: what they send before they proved anything is small and soon over. */
const MAX_HEADER_BYTES = 8 * 1024;
const HEADERS_TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 4096;
/** Different refusals remembered, so that each is logged once and they cannot fill the memory. */
const MAX_REFUSALS = 200;

/** Why a request was not let in. */
interface Refusal {
  readonly status: string;
  readonly message: string;
  readonly hint: string;
}

/** What a hub works with. */
export interface HubOptions {
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  readonly onWorker: (transport: Transport) => void;
  readonly onControl: (transport: Transport) => void;
  /** Told once for each address and reason. */
  readonly onRefused: (peer: string, why: string) => void;
}

/** The master's one port: workers and control clients come in here, proven before any frame is read. */
export interface Hub {
  readonly port: number;
  /** Closes the port and all connections; resolves when they are gone. */
  close(): Promise<void>;
}

/** Whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/**
 * Opens the port.
 *
 * @throws {KatydidError} `KAT_PORT` where it is taken, or the address is not this machine's.
 */
export async function openHub(options: HubOptions): Promise<Hub> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: 1000,
  });
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  const gate = new Gate(options);
  server.on('request', (_request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`This is a katydid master ${VERSION}: workers join with «katydid worker».\n`);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = gate.check(request);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      const transport = wsTransport(client, peerOf(request));
      if (pathOf(request) === WORKER_PATH) options.onWorker(transport);
      else options.onControl(transport);
    });
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    port,
    close: () => closeAll(server, sockets),
  };
}

/** Decides who may come in, from the request's head alone. */
class Gate {
  readonly #options: HubOptions;
  readonly #onLoopback: boolean;
  readonly #told = new Set<string>();

  constructor(options: HubOptions) {
    this.#options = options;
    this.#onLoopback = isLoopback(options.bind);
  }

  check(request: IncomingMessage): Refusal | undefined {
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) this.#tell(request, refusal);
    return refusal;
  }

  #refusalOf(request: IncomingMessage): Refusal | undefined {
    const { headers } = request;
    // Only browsers send an Origin, and no web page has any business here.
    if (headers.origin !== undefined) return forbidden('requests of web pages are not accepted');
    if (this.#onLoopback && !isLoopback(hostnameOf(headers.host ?? ''))) {
      return forbidden('the Host header names another machine');
    }
    switch (pathOf(request)) {
      case WORKER_PATH:
        return this.#tokenRefusal(request) ?? versionRefusal(request);
      case CONTROL_PATH:
        return this.#onLoopback ? undefined : this.#tokenRefusal(request);
      default:
        return {
          status: '404 Not Found',
          message: 'no such path',
          hint: 'Workers join with «katydid worker».',
        };
    }
  }

  #tokenRefusal(request: IncomingMessage): Refusal | undefined {
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && tokensMatch(given, this.#options.token)) return undefined;
    return {
      status: '401 Unauthorized',
      message: given === undefined ? 'no join token was given' : 'the join token is wrong',
      hint: 'Use the token that the master printed (--token, --token-file or KATYDID_TOKEN).',
    };
  }

  #tell(request: IncomingMessage, refusal: Refusal): void {
    const peer = request.socket.remoteAddress ?? 'unknown';
    const key = `${peer} ${refusal.message}`;
    if (this.#told.has(key) || this.#told.size >= MAX_REFUSALS) return;
    this.#told.add(key);
    this.#options.onRefused(peer, refusal.message);
  }
}

function forbidden(message: string): Refusal {
  return { status: '403 Forbidden', message, hint: 'Connect with katydid itself.' };
}

function versionRefusal(request: IncomingMessage): Refusal | undefined {
  const protocol = request.headers[PROTOCOL_HEADER];
  if (protocol === String(PROTOCOL_VERSION)) return undefined;
  const theirs = printable(request.headers[VERSION_HEADER]);
  return {
    status: '426 Upgrade Required',
    message: `the master is katydid ${VERSION} (protocol ${PROTOCOL_VERSION}), this worker ${theirs} (protocol ${printable(protocol)})`,
    hint: 'Install the same version of katydid on the master and on all workers.',
  };
}

function printable(header: string | string[] | undefined): string {
  return (
    String(header ?? 'unknown')
      .replaceAll(/[^\w.+-]/g, '')
      .slice(0, 40) || 'unknown'
  );
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

function hostnameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

function peerOf(request: IncomingMessage): string {
  const { remoteAddress = 'unknown', remotePort = 0 } = request.socket;
  return `${remoteAddress}:${remotePort}`;
}

function refuse(socket: Duplex, { status, message, hint }: Refusal): void {
  const body = JSON.stringify({ message, hint });
  // The other end may leave its half open for ever, and so keep the port from closing.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function listen(server: Server, { bind, port }: HubOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(
        new KatydidError(
          'KAT_PORT',
          isTaken
            ? `port ${port} on ${bind} is in use`
            : `cannot listen on ${bind} port ${port}: ${messageOf(error)}`,
          {
            hint: isTaken
              ? 'Another master may be running; --port 0 takes a free one.'
              : 'Check --bind and --port.',
            cause: error,
          },
        ),
      );
    });
    server.listen({ host: bind, port, exclusive: true }, resolve);
  });
}

function closeAll(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
