import { createServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** What the server does to a client that asks for a path. */
type Attack = (socket: Socket, count: number) => void;

/** Bytes that the bombs unpack to. */
export const BOMB_BYTES: number = 32 * 1024 * 1024;
/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 0x16;
/** What an endless answer is made of. */
const PIECE = Buffer.alloc(16 * 1024, 'x');
const OK = 'HTTP/1.1 200 OK\r\n';
const ESCAPES = '\u001b]0;owned\u0007\u001b[2J\u001b[H\u009b31m';

const zeros = Buffer.alloc(BOMB_BYTES);
/** Packed once: the server's own time must not decide how a test goes. */
const BOMBS: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(zeros),
  deflate: deflateSync(zeros),
  br: brotliCompressSync(zeros, { params: {} }),
  zstd: zstdCompressSync(zeros),
};
const PACKED_TEXT = gzipSync(
  Buffer.from('a text that will be cut in the middle of its packed form'),
);

/**
 * A server that does its worst, and counts: requests whose head it read whole, by path without the query.
 * It shares no code with katydid. Its paths are the keys of `ATTACKS`, below `/`.
 */
export class HostileServer {
  readonly #server: Server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();
  readonly #attacks: ReadonlyMap<string, Attack>;
  #helloAnswer: string | undefined;
  /** Such as `http://127.0.0.1:40123`. */
  url = '';
  port = 0;

  constructor(attacks: Readonly<Record<string, Attack>> = ATTACKS) {
    this.#attacks = new Map(Object.entries(attacks));
  }

  /** Listens on a free port of 127.0.0.1. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve),
    );
    const address = this.#server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** What it can do: each is asked for as `/<name>`. */
  get attacks(): readonly string[] {
    return [...this.#attacks.keys()];
  }

  /** Requests read so far, by path. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort());
  }

  /** From now on every client that begins with a TLS handshake gets this. */
  answerHellosWith(bytes: string): void {
    this.#helloAnswer = bytes;
  }

  /** Cuts everything. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    let text = '';
    socket.on('data', (chunk) => {
      if (this.#helloAnswer !== undefined && chunk[0] === TLS_HANDSHAKE) {
        socket.end(this.#helloAnswer, 'latin1');
        return;
      }
      text += chunk.toString('latin1');
      // Requests here have no body, so a head is a whole one.
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const path = (text.slice(0, end).split(' ')[1] ?? '').split('?')[0] ?? '';
      text = text.slice(end + 4);
      const count = (this.#counts.get(path) ?? 0) + 1;
      this.#counts.set(path, count);
      const attack = this.#attacks.get(path.slice(1));
      if (attack === undefined) socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      else attack(socket, count);
    });
  }
}

/** Everything that the server can do. Each answer ends by itself, by the client's limits or by its timeout. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  garbage: (socket) =>
    socket.end(Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 131) & 255))),
  'endless-headers': (socket) =>
    endless(socket, OK, Buffer.from('x-more: and more\r\n'.repeat(500))),
  'endless-header': (socket) => endless(socket, `${OK}x-long: `, PIECE),
  'endless-status': (socket) => endless(socket, 'HTTP/1.1 200 ', PIECE),
  'endless-body': (socket) => endless(socket, `${OK}\r\n`, PIECE),
  'endless-length': (socket) =>
    endless(socket, `${OK}content-length: 9007199254740991\r\n\r\n`, PIECE),
  'endless-chunks': (socket) =>
    endless(
      socket,
      `${OK}transfer-encoding: chunked\r\n\r\n`,
      Buffer.concat([Buffer.from('4000\r\n'), PIECE, Buffer.from('\r\n')]),
    ),
  'endless-trailers': (socket) =>
    endless(
      socket,
      `${OK}transfer-encoding: chunked\r\n\r\n0\r\n`,
      Buffer.from('x-more: and more\r\n'.repeat(500)),
    ),
  'endless-extension': (socket) =>
    endless(socket, `${OK}transfer-encoding: chunked\r\n\r\n1;`, PIECE),
  interim: (socket) => endless(socket, '', Buffer.from('HTTP/1.1 103 Early\r\n\r\n'.repeat(500))),
  continue: (socket) =>
    endless(socket, '', Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(500))),
  upgrade: (socket) =>
    socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  silence: () => undefined,
  drip: (socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789'),
  'drip-body': (socket) => {
    socket.write(`${OK}content-length: 1000\r\n\r\n`);
    drip(socket, 'x'.repeat(1000));
  },
  close: (socket) => socket.end(),
  'close-in-head': (socket) => socket.end('HTTP/1.1 200 OK\r\nx: '),
  'close-in-body': (socket) => socket.end(`${OK}content-length: 100\r\n\r\nhalf of it`),
  'close-in-chunk': (socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\n20\r\nhalf`),
  reset: (socket) => socket.resetAndDestroy(),
  'reset-in-body': (socket) =>
    socket.write(`${OK}content-length: 100\r\n\r\nhalf`, () => socket.resetAndDestroy()),
  'two-lengths': (socket) => socket.write(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
  'long-body': (socket) =>
    socket.write(`${OK}content-length: 2\r\n\r\nabHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`),
  'bad-chunk': (socket) => socket.write(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n`),
  'huge-chunk': (socket) =>
    socket.write(`${OK}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nab`),
  'nul-header': (socket) => socket.write(`${OK}x: a\0b\r\ncontent-length: 0\r\n\r\n`),
  'escape-status': (socket) => socket.write(`HTTP/1.1 200 ${ESCAPES}\r\ncontent-length: 0\r\n\r\n`),
  'escape-chunk': (socket) => socket.write(`${OK}transfer-encoding: chunked\r\n\r\n${ESCAPES}\r\n`),
  loop: (socket) =>
    socket.write('HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n'),
  'loop-of-bodies': (socket) =>
    socket.write(
      `HTTP/1.1 302 Found\r\nlocation: /loop-of-bodies?${Math.random()}\r\ncontent-length: 500000\r\n\r\n${'x'.repeat(500_000)}`,
    ),
  'bad-location': (socket) =>
    socket.write(
      'HTTP/1.1 302 Found\r\nlocation: http://[::zz]:99999/\r\ncontent-length: 0\r\n\r\n',
    ),
  'bomb-gzip': (socket) => bomb(socket, 'gzip', 'gzip'),
  'bomb-deflate': (socket) => bomb(socket, 'deflate', 'deflate'),
  'bomb-br': (socket) => bomb(socket, 'br', 'br'),
  'bomb-zstd': (socket) => bomb(socket, 'zstd', 'zstd'),
  'cut-gzip': (socket) => packed(socket, 'gzip', PACKED_TEXT.subarray(0, 30)),
  'many-codings': (socket) => packed(socket, 'gzip, gzip, gzip, gzip, gzip, gzip', PACKED_TEXT),
  cookies: (socket, count) => {
    const lines = Array.from(
      { length: 1000 },
      (_, at) => `set-cookie: c${count}x${at}=${'v'.repeat(20)}\r\n`,
    );
    socket.write(`${OK}${lines.join('')}content-length: 0\r\n\r\n`);
  },
  'huge-cookie': (socket, count) => {
    socket.write(`${OK}set-cookie: h${count}=${'v'.repeat(60_000)}\r\ncontent-length: 0\r\n\r\n`);
  },
  statuses: (socket, count) =>
    socket.write(`HTTP/1.1 ${200 + (count % 800)} Status\r\ncontent-length: 0\r\n\r\n`),
};

/** Writes `head` and then `piece` for ever, no faster than the other side reads. */
function endless(socket: Socket, head: string, piece: Buffer): void {
  socket.write(head);
  const more = (): void => {
    while (!socket.destroyed) if (!socket.write(piece)) return;
  };
  socket.on('drain', more);
  more();
}

/** A byte each second: no deadline that begins anew with each byte would ever end it. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= text.length) clearInterval(timer);
    else socket.write(text.charAt(at));
    at += 1;
  }, 1000);
  socket.once('close', () => clearInterval(timer));
}

function bomb(socket: Socket, kind: string, encoding: string): void {
  packed(socket, encoding, BOMBS[kind] ?? zeros);
}

function packed(socket: Socket, encoding: string, body: Buffer): void {
  socket.write(`${OK}content-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body);
}
