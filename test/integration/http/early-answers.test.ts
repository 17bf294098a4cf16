import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { ENGINES } from '../../support/http-engines.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const TOO_LARGE = 'HTTP/1.1 413 Too Large\r\ncontent-length: 9\r\n\r\ntoo large';

/** A server that answers by what a connection says first, and never waits for the rest of it. */
class HastyServer implements AsyncDisposable {
  /** Requests whose first bytes were seen, as `METHOD /path` and the number of their connection. */
  readonly seen: (readonly [request: string, connection: number])[] = [];
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  constructor(answer: (request: string, socket: Socket, count: number) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = this.#sockets.push(socket) - 1;
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        const request = /^[A-Z]+ \S+(?= HTTP\/1\.1\r\n)/.exec(data.toString('latin1'))?.[0];
        if (request === undefined) return;
        this.seen.push([request, connection]);
        answer(request, socket, this.seen.length);
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    // A server that listens on a port has an address of this kind.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe.each(ENGINES)('a server that does not wait (%s)', (_engine, makeEngine) => {
  function clientOf(baseUrl: string) {
    const sink = new RecordingSink();
    const engine = makeEngine(systemClock);
    const client = new HttpSession({ sink, engine, clock: systemClock, baseUrl });
    const another = (): HttpSession =>
      new HttpSession({ sink, engine, clock: systemClock, baseUrl });
    return { sink, client, another };
  }

  it('and closes unasked behind every third answer costs one request, and none of the next user', async () => {
    await using server = new HastyServer((_request, socket, count) => {
      if (count % 3 === 0) socket.end(OK);
      else socket.write(OK);
    });
    const { sink, client, another } = clientOf(await server.listen());
    const next = another();

    for (let turn = 0; turn < 60; turn += 1) await client.get(`/${turn}`);
    for (let turn = 60; turn < 90; turn += 1) await next.get(`/${turn}`);
    client.dispose();
    next.dispose();

    const { sent, failed } = sink.ledger();
    expect(sent).toBe(90);
    expect(failed).toBeLessThanOrEqual(1);
    expect(sink.requests.slice(60).every(({ ok }) => ok)).toBe(true);
    const once = new Set(server.seen.map(([request]) => request));
    expect(once.size).toBe(server.seen.length);
  });

  it('for an upload and keeps the connection gets the next request on another one', async () => {
    await using server = new HastyServer((request, socket) => {
      if (!request.startsWith('POST')) {
        socket.write(OK);
        return;
      }
      socket.pause();
      socket.write(TOO_LARGE);
    });
    const { sink, client } = clientOf(await server.listen());

    const refused = await client.post('/upload', { body: Buffer.alloc(24_000_000, 'x') });
    const next = await client.get('/next');
    client.dispose();

    expect([refused.status, refused.text(), next.status]).toEqual([413, 'too large', 200]);
    expect(server.seen).toEqual([
      ['POST /upload', 0],
      ['GET /next', 1],
    ]);
    expect(sink.ledger()).toMatchObject({ sent: 2, succeeded: 1, failed: 1, notSent: 0 });
  });

  it('for 30 uploads and resets each connection has its answers read', async () => {
    await using server = new HastyServer((_request, socket) => {
      socket.write(TOO_LARGE, () => socket.resetAndDestroy());
    });
    const { sink, client } = clientOf(await server.listen());
    const body = Buffer.alloc(6_000_000, 'x');

    const outcomes = new Set<string>();
    for (let turn = 0; turn < 30; turn += 1) {
      const answer = await client.post('/upload', { body });
      outcomes.add(answer.error ?? 'none');
    }
    client.dispose();

    expect([...outcomes]).toEqual(['HTTP 413']);
    expect(sink.ledger()).toMatchObject({ sent: 30, failed: 30 });
  });
});
