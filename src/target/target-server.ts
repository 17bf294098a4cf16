import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, TimerHandle } from '../base/clock.ts';
import { KatydidError, messageOf } from '../base/errors.ts';
import { type TargetAnswer, TargetRoutes } from './target-routes.ts';
import { type CountedRequest, type Truth, TruthTable } from './truth-table.ts';

/** Where a target server listens. */
export interface TargetSettings {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  readonly clock: Clock;
}

/** A target server that is listening. */
export interface Target {
  readonly port: number;
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** The same as `GET /__truth`. */
  truth(): Truth;
  /** Stops listening and closes every connection, those with answers under way too. */
  close(): Promise<void>;
}

/** Bodies that come in are kept whole for `/echo`; larger ones are refused with 413. */
const LARGEST_REQUEST_BYTES = 10_000_000;

/**
 * Starts the embedded target server: something to put under load that knows what it answered.
 *
 * @throws {KatydidError} `KAT_PORT` where the port is taken or the address is not this machine's.
 */
export async function startTarget(settings: TargetSettings): Promise<Target> {
  const server = new TargetServer(settings.clock);
  await server.listen(settings);
  return server;
}

class TargetServer implements Target {
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #routes = new TargetRoutes();
  readonly #truth = new TruthTable();
  readonly #timers = new Set<TimerHandle>();
  port = 0;
  url = '';

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
      this.#take(request, response);
    });
  }

  async listen({ port, host }: TargetSettings): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(portError(host, port, error)));
      // The default of 511 drops connections where a thousand users start at once.
      this.#server.listen({ port, host, backlog: 4096 }, resolve);
    });
    // The server listens on a port, so that its address is no name of a pipe.
    this.port = (this.#server.address() as AddressInfo).port;
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  truth(): Truth {
    return this.#truth.truth();
  }

  close(): Promise<void> {
    for (const timer of this.#timers) this.#clock.clearTimer(timer);
    this.#timers.clear();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request.url ?? '/');
    const isTruth = path === '/__truth' || path === '/__truth/reset';
    const counted = isTruth ? undefined : this.#truth.received(path);
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= LARGEST_REQUEST_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    // A client that goes away in the middle gets no answer.
    request.on('error', () => response.destroy());
    request.on('end', () => {
      const method = request.method ?? 'GET';
      if (counted === undefined) {
        this.#answerTruth(method, path, response);
        return;
      }
      const contentType = request.headers['content-type'] ?? 'application/octet-stream';
      const body = Buffer.concat(chunks);
      const answer: TargetAnswer =
        bytes > LARGEST_REQUEST_BYTES
          ? { status: 413 }
          : this.#routes.answer({ path, body, contentType });
      this.#later(answer.delayMs ?? 0, () => answerWith(response, answer, counted));
    });
  }

  #later(delayMs: number, callback: () => void): void {
    if (delayMs === 0) {
      callback();
      return;
    }
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }

  #answerTruth(method: string, path: string, response: ServerResponse): void {
    const headers = { 'content-type': 'application/json' };
    if (path === '/__truth') {
      send(response, 200, headers, JSON.stringify(this.truth()));
    } else if (method === 'POST') {
      this.#truth.reset();
      send(response, 200, headers, JSON.stringify(this.truth()));
    } else {
      send(response, 405, { ...headers, allow: 'POST' }, '{"status":405}');
    }
  }
}

/** The path of a request target, which may also be a whole URL (as to a proxy). */
function pathOf(requestTarget: string): string {
  const path = requestTarget.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0];
  return path === undefined || path === '' ? '/' : path;
}

function answerWith(response: ServerResponse, answer: TargetAnswer, counted: CountedRequest): void {
  // The client left while it waited: there is nobody to answer.
  if (response.destroyed) return;
  if (answer.status === 'drop') {
    response.destroy();
    return;
  }
  counted.answered(answer.status);
  send(response, answer.status, answer.headers ?? {}, answer.body ?? '');
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(
    status,
    hasBody ? { ...headers, 'content-length': String(Buffer.byteLength(body)) } : headers,
  );
  response.end(hasBody ? body : undefined);
}

function portError(host: string, port: number, error: NodeJS.ErrnoException): KatydidError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is taken',
    EACCES: 'this user may not listen on it',
    EADDRNOTAVAIL: 'this machine does not have that address',
  };
  const reason = reasons[error.code ?? ''] ?? messageOf(error);
  return new KatydidError('KAT_PORT', `cannot listen on ${host}:${port}: ${reason}`, {
    hint: 'Choose another with --port, or --port 0 for any free one.',
    cause: error,
  });
}
