import { randomBytes } from 'node:crypto';
import { connect as connectPlain, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/*
 * Somebody who means no good: `node attacker-process.ts HOST PORT PROTOCOL-VERSION`. A message
 * `{ seconds }` begins all attacks at once; the answer, when they are over, is `{ attempts }`.
 */
const [, , host = '', portText = '', protocol = ''] = process.argv;
const port = Number(portText);

/** More than this would be an attack on the machine, not on the master. */
const MAX_ATTEMPTS = 40_000;

let attempts = 0;
let isOver = false;

/** Bytes of the beginning of a real TLS connection. */
const clientHello = await new Promise<Buffer>((resolve) => {
  const sink = createServer((socket) => {
    socket.once('data', (bytes: Buffer) => {
      resolve(bytes);
      socket.destroy();
      sink.close();
    });
  });
  sink.listen(0, '127.0.0.1', () => {
    const place = sink.address();
    const sinkPort = typeof place === 'object' ? (place?.port ?? 0) : 0;
    connectTls({ host: '127.0.0.1', port: sinkPort, minVersion: 'TLSv1.3' }).on(
      'error',
      () => undefined,
    );
  });
});

/** What one connection does once it is open; it is closed by the other end or after `holdMs`. */
interface Attack {
  readonly tls: boolean;
  readonly parallel: number;
  readonly holdMs: number;
  readonly act: (socket: Socket) => void;
}

const head = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nx-katydid-protocol: ${protocol}\r\n${more}\r\n`;
const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const nonce = (): string => randomBytes(32).toString('base64url');
const proof = (): string => `x-katydid-nonce: ${nonce()}\r\nx-katydid-proof: ${nonce()}\r\n`;

const ATTACKS: readonly Attack[] = [
  // A slowloris, in TLS and in HTTP.
  { tls: false, parallel: 300, holdMs: 60_000, act: (socket) => drip(socket, clientHello) },
  {
    tls: true,
    parallel: 100,
    holdMs: 60_000,
    act: (socket) => drip(socket, Buffer.from(head('/challenge', `x: ${'y'.repeat(3000)}\r\n`))),
  },
  // Connections, half handshakes, garbage: as many as can be.
  { tls: false, parallel: 50, holdMs: 0, act: (socket) => socket.destroy() },
  { tls: false, parallel: 50, holdMs: 2000, act: (socket) => socket.write(clientHello) },
  { tls: false, parallel: 50, holdMs: 2000, act: (socket) => socket.write(randomBytes(20_000)) },
  { tls: true, parallel: 20, holdMs: 2000, act: (socket) => socket.write(randomBytes(20_000)) },
  // WebSocket frames without a proof.
  {
    tls: true,
    parallel: 20,
    holdMs: 2000,
    act: (socket) => {
      socket.write(head('/worker', upgrade));
      socket.write(
        Buffer.concat([Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0xff]), randomBytes(50_000)]),
      );
    },
  },
  // A challenge, and an answer that looks right.
  {
    tls: true,
    parallel: 20,
    holdMs: 2000,
    act: (socket) => {
      socket.write(head('/challenge'));
      socket.once('data', () => socket.write(head('/worker', upgrade + proof())));
    },
  },
];

process.on('message', ({ seconds }: { readonly seconds: number }) => {
  isOver = false;
  attempts = 0;
  setTimeout(() => {
    isOver = true;
    process.send?.({ attempts });
  }, seconds * 1000);
  for (const attack of ATTACKS) {
    for (let index = 0; index < attack.parallel; index += 1) again(attack);
  }
});
process.on('disconnect', () => process.exit());

function again(attack: Attack): void {
  if (isOver || attempts >= MAX_ATTEMPTS) return;
  attempts += 1;
  const socket = attack.tls
    ? connectTls({ host, port, rejectUnauthorized: false, checkServerIdentity: () => undefined })
    : connectPlain({ host, port });
  const deadline = setTimeout(() => socket.destroy(), attack.holdMs + 1000);
  socket.on('error', () => undefined);
  socket.once(attack.tls ? 'secureConnect' : 'connect', () => attack.act(socket));
  socket.resume();
  socket.once('close', () => {
    clearTimeout(deadline);
    setImmediate(() => again(attack));
  });
}

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (isOver) socket.destroy();
    else socket.write(bytes.subarray(at, at + 1));
    at = (at + 1) % bytes.length;
  }, 500);
  socket.once('close', () => clearInterval(timer));
}
