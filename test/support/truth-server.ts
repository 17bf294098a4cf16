import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What the server saw and did under one path (without its query). */
export interface TruthCounts {
  /** Requests read whole, body included. */
  received: number;
  /** Answers handed whole to the connection, by status. */
  readonly statuses: Map<number, number>;
  /** Requests without a whole answer: the server dropped the connection, or the client cut it. */
  dropped: number;
}

/** A server that knows what really happened, to hold katydid's figures against. */
export interface TruthServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** The counts of this moment, by path. */
  counts(): ReadonlyMap<string, TruthCounts>;
  /** Requests read whole, over all paths. */
  total(): number;
  /** Connections accepted since the start. */
  connections(): number;
  /**
   * Resolves once no answer is under way: a client may have read the last byte of an answer shortly
   * before the server has counted it.
   */
  idle(): Promise<void>;
  /** Answers under way are cut, all sockets closed; no timer is left. */
  close(): Promise<void>;
}

type Answer = (response: ServerResponse, parameter: string, request: ReadRequest) => void;

/** A request with its body. */
interface ReadRequest {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

/** Statuses that `/mixed` gives in turn: 70 % 200, 20 % 404, 10 % 503. */
const MIXED_STATUSES = [200, 200, 404, 200, 200, 503, 200, 404, 200, 200] as const;

/** Where the server listens, and who else looks at what comes. */
export interface TruthServerOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** Called with every request that was read whole, before it is answered. */
  readonly onRequest?: (message: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Starts the ground-truth server on a free port. It shares no code with katydid.
 *
 * Routes: `/ok`, `/slow/MS`, `/status/CODE`, `/redirect/N`, `/mixed`, `/drop`, `/drop-mid`,
 * `/large/BYTES`, `/gzip`, `/cookie`, `/echo`; 404 else.
 */
export async function startTruthServer(options: TruthServerOptions = {}): Promise<TruthServer> {
  const server = new CountingServer(options);
  await server.listen();
  return server;
}

class CountingServer implements TruthServer {
  readonly #server: Server = createServer((message, response) => this.#take(message, response));
  readonly #counts = new Map<string, TruthCounts>();
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #routes: readonly (readonly [RegExp, Answer])[];
  #connections = 0;
  #answersUnderWay = 0;
  #idleWaiters: (() => void)[] = [];
  #mixed = 0;
  readonly #host: string;
  readonly #onRequest: TruthServerOptions['onRequest'];
  port = 0;
  url = '';

  constructor({ host = '127.0.0.1', onRequest }: TruthServerOptions) {
    this.#host = host;
    this.#onRequest = onRequest;
    this.#routes = [
      [/^\/ok$/, (response) => end(response, 200, 'ok')],
      [
        /^\/slow\/(\d+)$/,
        (response, ms) => this.#after(Number(ms), () => end(response, 200, 'slow')),
      ],
      [/^\/status\/(\d{3})$/, (response, code) => end(response, Number(code), `status ${code}`)],
      [/^\/redirect\/(\d+)$/, (response, hops) => redirect(response, Number(hops))],
      [/^\/mixed$/, (response) => end(response, this.#nextMixed(), 'mixed')],
      [/^\/drop$/, (response) => response.destroy()],
      [/^\/drop-mid$/, (response) => this.#dropInTheMiddle(response)],
      [
        /^\/large\/(\d+)$/,
        (response, bytes) => end(response, 200, Buffer.alloc(Number(bytes), 'x')),
      ],
      [/^\/gzip$/, (response) => gzip(response)],
      [/^\/cookie$/, (response, _, { message }) => cookie(response, message)],
      [/^\/echo$/, (response, _, { message, body }) => echo(response, message, body)],
    ];
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port: 0, host: this.#host, backlog: 4096 }, resolve);
    });
    // A server that listens on a port has an address of this kind.
    this.port = (this.#server.address() as AddressInfo).port;
    this.url = `http://${this.#host}:${this.port}`;
  }

  counts(): ReadonlyMap<string, TruthCounts> {
    return new Map(
      [...this.#counts].map(([path, counts]) => [
        path,
        { ...counts, statuses: new Map(counts.statuses) },
      ]),
    );
  }

  total(): number {
    return [...this.#counts.values()].reduce((sum, { received }) => sum + received, 0);
  }

  connections(): number {
    return this.#connections;
  }

  idle(): Promise<void> {
    if (this.#answersUnderWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #take(message: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('error', () => response.destroy());
    message.on('end', () => {
      const path = new URL(message.url ?? '/', 'http://127.0.0.1').pathname;
      const counts = this.#countsOf(path);
      counts.received += 1;
      this.#countTheEnd(counts, response);
      this.#onRequest?.(message, response);
      for (const [pattern, answer] of this.#routes) {
        const match = pattern.exec(path);
        if (match === null) continue;
        answer(response, match[1] ?? '', { message, body: Buffer.concat(chunks) });
        return;
      }
      end(response, 404, 'no such route');
    });
  }

  /** `close` comes in every case; what was then handed whole to the operating system was answered. */
  #countTheEnd(counts: TruthCounts, response: ServerResponse): void {
    this.#answersUnderWay += 1;
    response.once('close', () => {
      this.#answersUnderWay -= 1;
      if (response.writableFinished) {
        const status = response.statusCode;
        counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1);
      } else {
        counts.dropped += 1;
      }
      if (this.#answersUnderWay > 0) return;
      for (const waiter of this.#idleWaiters.splice(0)) waiter();
    });
  }

  #countsOf(path: string): TruthCounts {
    const counts = this.#counts.get(path) ?? { received: 0, statuses: new Map(), dropped: 0 };
    this.#counts.set(path, counts);
    return counts;
  }

  #after(delayMs: number, callback: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delayMs);
    this.#timers.add(timer);
  }

  #nextMixed(): number {
    const status = MIXED_STATUSES[this.#mixed % MIXED_STATUSES.length] ?? 200;
    this.#mixed += 1;
    return status;
  }

  #dropInTheMiddle(response: ServerResponse): void {
    response.writeHead(200, { 'content-length': '1000' });
    // Once the first half is on its way the connection goes.
    response.write('x'.repeat(500), () => response.destroy());
  }
}

function end(response: ServerResponse, status: number, body: string | Buffer): void {
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, hasBody ? { 'content-length': String(Buffer.byteLength(body)) } : {});
  response.end(hasBody ? body : undefined);
}

function redirect(response: ServerResponse, hops: number): void {
  if (hops === 0) {
    end(response, 200, 'arrived');
    return;
  }
  response.writeHead(302, { location: `/redirect/${hops - 1}`, 'content-length': '0' });
  response.end();
}

function gzip(response: ServerResponse): void {
  const body = gzipSync('{"packed":true}');
  response.writeHead(200, {
    'content-encoding': 'gzip',
    'content-type': 'application/json',
    'content-length': String(body.length),
  });
  response.end(body);
}

/** Sets `visits` to one more than what came, and says what came. */
function cookie(response: ServerResponse, message: IncomingMessage): void {
  const came = message.headers.cookie ?? '';
  const visits = Number(/visits=(\d+)/.exec(came)?.[1] ?? 0);
  response.setHeader('set-cookie', `visits=${visits + 1}; Path=/`);
  end(response, 200, came);
}

/** What came: the body as it is, method and query in headers. */
function echo(response: ServerResponse, message: IncomingMessage, body: Buffer): void {
  response.setHeader('content-type', message.headers['content-type'] ?? 'text/plain');
  response.setHeader('x-method', message.method ?? '');
  response.setHeader('x-target', message.url ?? '');
  end(response, 200, body);
}
