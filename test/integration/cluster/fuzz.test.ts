import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/random.ts';
import { PROTOCOL_HEADER, PROTOCOL_VERSION } from '../../../src/protocol/channel/version.ts';
import { createNonce, NONCE_HEADER, PROOF_HEADER } from '../../../src/protocol/join/handshake.ts';
import { connectMaster } from '../../../src/worker/link/connect-master.ts';
import { mutatedFrame } from '../../support/mutated-frames.ts';
import { HUB_TOKEN, openedHub } from '../../support/opened-hub.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const VERSION_LINE = `${PROTOCOL_HEADER}: ${PROTOCOL_VERSION}`;
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** What a worker says to come in, with proofs that prove nothing. */
const REQUESTS: readonly string[] = [
  head('GET /challenge HTTP/1.1', 'Host: 127.0.0.1', VERSION_LINE),
  head(
    ...['GET /worker HTTP/1.1', 'Host: 127.0.0.1', VERSION_LINE, ...UPGRADE],
    ...[`${NONCE_HEADER}: ${createNonce()}`, `${PROOF_HEADER}: ${createNonce()}`],
  ),
  `${head('GET /challenge HTTP/1.1', 'Host: localhost', VERSION_LINE)}${head('GET /worker HTTP/1.1', 'Host: localhost', ...UPGRADE)}`,
];

/** Spoilt bytes of a text, as they would go over a network. */
function spoiltBytes(text: string, seed: number): Uint8Array {
  const bytes = mutatedFrame(new TextEncoder().encode(text), new SeededRandom(seed));
  return bytes as Uint8Array; // bytes stay bytes
}

async function sendAndClose(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.resume();
  const closed = once(socket, 'close');
  socket.end(bytes);
  await closed;
}

async function falseMaster(onConnection: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    closers.push(() => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return `ws://127.0.0.1:${port}`;
}

describe('the port of a master', () => {
  it('lets nobody in who spoils the words of a worker, and a real one afterwards', async () => {
    const workers: string[] = [];
    const { hub, url, refusals } = await openedHub({ onWorker: ({ peer }) => workers.push(peer) });

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...REQUESTS), fc.nat(), (request, seed) =>
        sendAndClose(hub.port, spoiltBytes(request, seed)),
      ),
      { numRuns: 300 },
    );

    expect(workers).toEqual([]);
    expect(refusals.length).toBeLessThan(10);
    const transport = await connectMaster({ url, token: HUB_TOKEN });
    transport.terminate();
    expect(workers).toHaveLength(1);
  });
});

describe('a worker before somebody who is no master', () => {
  const answers = [
    `${head('HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: 55')}{"nonce":"${createNonce()}"}`,
    `${head('HTTP/1.1 426 Upgrade Required', 'Upgrade: TLS/1.3', 'Content-Length: 0')}`,
    `${head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', `${PROOF_HEADER}: ${createNonce()}`)}`,
  ];

  it('gives up with an error, whatever it answers', async () => {
    let answer: Uint8Array = new Uint8Array();
    const url = await falseMaster((socket) => {
      socket.once('data', () => {
        socket.write(answer);
        socket.once('data', () => socket.end(answer));
        setTimeout(() => socket.end(), 20);
      });
    });

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...answers), fc.nat(), async (text, seed) => {
        answer = spoiltBytes(text, seed);
        await expect(connectMaster({ url, token: HUB_TOKEN })).rejects.toBeInstanceOf(Error);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['switches protocols where a challenge was asked for', 2],
    ['closes the connection behind the challenge', 0],
  ])('gives up at once on one that %s', async (_what, index) => {
    const url = await falseMaster((socket) => {
      socket.once('data', () => socket.end(answers[index] ?? ''));
    });

    await expect(connectMaster({ url, token: HUB_TOKEN })).rejects.toBeInstanceOf(Error);
  });

  it.concurrent.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['never ends its headers', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'x: y\r\n')],
    ['never ends its body', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x')],
    ['sends a body without end', (socket) => pour(socket)],
  ])('gives up within 5 s on one that %s', async (_what, onConnection) => {
    const url = await falseMaster(onConnection);
    const startMs = performance.now();

    await expect(connectMaster({ url, token: HUB_TOKEN })).rejects.toBeInstanceOf(Error);

    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});

function drip(socket: Socket, first: string, then: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(then), 50);
  socket.once('close', () => clearInterval(timer));
}

function pour(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  const more = (): void => {
    if (!socket.destroyed) socket.write(Buffer.alloc(65_536, 'x'), () => setImmediate(more));
  };
  more();
}
