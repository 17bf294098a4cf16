import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { TEST_CERT, TEST_KEY } from './tls-fixture.ts';

/** One request as it arrived. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Which connection it came on, 0-based in the order they were opened. */
  readonly connection: number;
}

/** What to do about a request: text to answer with, or anything to be done with the socket. */
export type WireAnswer = string | Buffer | ((socket: Socket) => void);

/** A server that sees bytes, and answers with bytes: what it counts is what went over the wire. */
export class WireServer {
  readonly requests: WireRequest[] = [];
  readonly sockets: Socket[] = [];
  /** Requests whose head came before the previous request of the same connection was answered. */
  pipelinedCount = 0;
  readonly #server: Server;
  #waiters: (() => void)[] = [];

  constructor(answer: (request: WireRequest, server: WireServer) => WireAnswer, isTls = false) {
    const serve = (socket: Socket): void => this.#serve(socket, answer);
    this.#server = isTls
      ? createTlsServer({ key: TEST_KEY, cert: TEST_CERT }, serve)
      : createServer({ noDelay: true }, serve);
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  /** Resolves once `count` requests have arrived. */
  async arrived(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, answer: (request: WireRequest, server: WireServer) => WireAnswer): void {
    const connection = this.sockets.push(socket) - 1;
    let chunks: Buffer[] = [];
    let bytes = 0;
    let neededBytes = 0;
    let isHandling = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (typeof chunk === 'string') return;
      chunks.push(chunk);
      bytes += chunk.length;
      // A large body comes in thousands of chunks: joined once, when its length says it is whole.
      if (bytes < neededBytes) return;
      const buffered = Buffer.concat(chunks);
      chunks = [buffered];
      neededBytes = wholeLength(buffered);
      const parsed = parseRequest(buffered, connection);
      if (parsed === undefined) return;
      if (isHandling) this.pipelinedCount += 1;
      const rest = buffered.subarray(parsed.length);
      if (rest.length > 0) this.pipelinedCount += 1;
      chunks = [rest];
      bytes = rest.length;
      neededBytes = 0;
      isHandling = true;
      this.requests.push(parsed.request);
      for (const waiter of this.#waiters.splice(0)) waiter();
      const reply = answer(parsed.request, this);
      // A turn later, so that a second request on the connection would be seen as pipelined.
      setImmediate(() => {
        isHandling = false;
        if (typeof reply === 'function') reply(socket);
        else socket.write(reply);
      });
    });
  }
}

/** Bytes of the request that `bytes` begins with, as far as its `content-length` tells. */
function wholeLength(bytes: Buffer): number {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.subarray(0, headEnd).toString('latin1'));
  return headEnd + 4 + Number(length?.[1] ?? 0);
}

function parseRequest(
  bytes: Buffer,
  connection: number,
): { readonly request: WireRequest; readonly length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [requestLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const [method = '', path = ''] = requestLine.split(' ');
  const rest = bytes.subarray(headEnd + 4);
  const body = headers.has('transfer-encoding')
    ? parseChunks(rest)
    : wholeBody(rest, Number(headers.get('content-length') ?? 0));
  if (body === undefined) return undefined;
  const request = { method, path, headers, body: body.body, connection };
  return { request, length: headEnd + 4 + body.length };
}

interface ParsedBody {
  readonly body: Buffer;
  readonly length: number;
}

function wholeBody(rest: Buffer, length: number): ParsedBody | undefined {
  return rest.length < length ? undefined : { body: Buffer.from(rest.subarray(0, length)), length };
}

function parseChunks(rest: Buffer): ParsedBody | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    const dataEnd = lineEnd + 2 + size;
    if (rest.length < dataEnd + 2) return undefined;
    parts.push(rest.subarray(lineEnd + 2, dataEnd));
    at = dataEnd + 2;
    if (size === 0) return { body: Buffer.concat(parts), length: at };
  }
}

/** The bytes of an answer with a length. */
export function answerText(status: number, body = '', headers: readonly string[] = []): string {
  const lines = [
    `HTTP/1.1 ${status} Status`,
    ...headers,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
