import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { answerText } from '../../support/wire-server.ts';

const cutHead = 'HTTP/1.1 200 OK\r\ncontent-le';
const cutBody = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf';
const cutClosingBody = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nhalf';
const cutChunk = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel';
const cutClosingChunk = cutChunk.replace('\r\n', '\r\nconnection: close\r\n');

describe.each(ENGINES)('connections of a user (%s)', (_engine, makeEngine) => {
  it('sends 5 requests after each other on 1 connection', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'hello'));

    for (let index = 0; index < 5; index++) await bench.client.get('/');

    expect(bench.server.sockets).toHaveLength(1);
    expect(bench.server.requests).toHaveLength(5);
    expect(bench.sink.ledger()).toMatchObject({ sent: 5, succeeded: 5, failed: 0 });
    expect(bench.sink.isClosed).toBe(true);
  });

  it('uses 6 connections for 20 requests at once, and pipelines none', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'hello'));

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => bench.client.get(`/${index}`)),
    );

    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(bench.server.sockets).toHaveLength(6);
    expect(bench.server.pipelinedCount).toBe(0);
    expect(bench.server.requests).toHaveLength(20);
  });

  it('gives each of 2 users a connection of its own', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));

    await bench.client.get('/');
    await bench.user().get('/');

    expect(bench.server.requests.map((request) => request.connection)).toEqual([0, 1]);
  });

  it('connects anew for each request without keepAlive, and says so to the server', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200), { keepAlive: false });

    await bench.client.get('/');
    await bench.client.get('/');

    expect(bench.server.sockets).toHaveLength(2);
    expect(bench.server.requests[0]?.headers.get('connection')).toBe('close');
  });

  it('connects anew after close()', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));

    await bench.client.get('/');
    bench.client.close();
    const answer = await bench.client.get('/');

    expect(answer.ok).toBe(true);
    expect(bench.server.sockets).toHaveLength(2);
  });

  it('lets a request that is under way at close() finish', async () => {
    await using bench = await openBench(makeEngine, () => (socket) => {
      bench.client.close();
      socket.write(answerText(200, 'done'));
    });

    const answer = await bench.client.get('/');

    expect(answer.text()).toBe('done');
  });

  it('keeps the connection after HEAD, whose answer has a length and no body', async () => {
    await using bench = await openBench(makeEngine, ({ method }) =>
      method === 'HEAD'
        ? 'HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\n'
        : answerText(200, 'hello'),
    );

    const head = await bench.client.head('/');
    const get = await bench.client.get('/');

    expect([head.status, head.text(), get.text()]).toEqual([200, '', 'hello']);
    expect(head.headers.get('Content-Length')).toBe('5');
    expect(bench.server.sockets).toHaveLength(1);
  });

  it.each([204, 304])('takes an answer of %i as whole without a body', async (status) => {
    await using bench = await openBench(makeEngine, () => `HTTP/1.1 ${status} X\r\n\r\n`);

    const answer = await bench.client.get('/');

    expect([answer.status, answer.ok, answer.text()]).toEqual([status, true, '']);
  });

  it('passes over an interim answer of 103', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n';
    await using bench = await openBench(makeEngine, () => early + answerText(200, 'hello'));

    const answer = await bench.client.get('/');

    expect([answer.status, answer.text()]).toEqual([200, 'hello']);
    expect(answer.headers.has('link')).toBe(false);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1 });
  });

  it('counts the bytes of the wire exactly, heads and chunk sizes included', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
    const plain = answerText(200, 'x'.repeat(1000));
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/c' ? chunked : plain,
    );

    await bench.client.get('/c');
    await bench.client.get('/p');

    const counted = bench.sink.requests.map((request) => request.bytesReceived);
    expect(counted).toEqual([chunked.length, plain.length]);
    expect(bench.sink.requests.map((request) => request.contentBytes)).toEqual([5, 1000]);
  });

  it('receives and sends a body of 20 MB unchanged', async () => {
    const body = randomBytes(20 * 1024 * 1024);
    await using bench = await openBench(makeEngine, () => (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });

    const answer = await bench.client.post('/', { body });

    expect(body.equals(answer.bytes())).toBe(true);
    expect(body.equals(bench.server.requests[0]?.body ?? Buffer.alloc(0))).toBe(true);
  });
});

describe.each(ENGINES)('servers that close (%s)', (_engine, makeEngine) => {
  it.each([
    ['before any byte', ''],
    ['within the head', cutHead],
    ['within the body', cutBody],
    ['within the body of a last answer', cutClosingBody],
    ['within a chunk', cutChunk],
    ['within a chunk of a last answer', cutClosingChunk],
  ])(
    'counts an answer cut %s as 1 failure ECONNRESET and sends nothing again',
    async (_at, text) => {
      await using bench = await openBench(makeEngine, () => (socket) => socket.end(text));

      const answer = await bench.client.get('/');

      expect([answer.ok, answer.error]).toEqual([false, 'ECONNRESET']);
      expect(bench.server.requests).toHaveLength(1);
      expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, notSent: 0 });
      expect(bench.sink.last().bytesReceived).toBe(text.length);
    },
  );

  it('counts a reset connection as 1 failure ECONNRESET', async () => {
    await using bench = await openBench(makeEngine, () => (socket) => socket.resetAndDestroy());

    const answer = await bench.client.get('/');

    expect(answer.error).toBe('ECONNRESET');
    expect(bench.server.requests).toHaveLength(1);
  });

  it('counts a reset in a body that lasts to the close as a failure, not as its end', async () => {
    await using bench = await openBench(makeEngine, () => (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\npart', () => socket.resetAndDestroy());
    });

    const answer = await bench.client.get('/');

    expect([answer.status, answer.error]).toEqual([200, 'ECONNRESET']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, notSent: 0 });
  });

  it.each(['GET', 'HEAD', 'PUT', 'POST'])(
    'never sends a %s again where a kept connection closes after reading it',
    async (method) => {
      await using bench = await openBench(makeEngine, ({ path }) => (socket) => {
        if (path === '/first') socket.write(answerText(200, 'hello'));
        else socket.end();
      });

      await bench.client.get('/first');
      const answer = await bench.client.request(method, '/second');

      expect(answer.error).toBe('ECONNRESET');
      expect(bench.server.requests.map((request) => request.path)).toEqual(['/first', '/second']);
      expect(bench.sink.ledger()).toMatchObject({ sent: 2, succeeded: 1, failed: 1, notSent: 0 });
    },
  );

  it('fails or succeeds exactly once on the wire where idle connections are closed', async () => {
    await using bench = await openBench(makeEngine, () => (socket) => {
      socket.write(answerText(200, 'hello'));
      setImmediate(() => socket.end());
    });

    for (let index = 0; index < 50; index++) await bench.client.get('/');

    const { sent, notSent, succeeded, failed } = bench.sink.ledger();
    expect([sent, notSent]).toEqual([bench.server.requests.length, 0]);
    expect((succeeded ?? 0) + (failed ?? 0)).toBe(50);
  });

  it('connects anew, without a failure, where the server closes after each answer and says so', async () => {
    await using bench = await openBench(makeEngine, () => (socket) => {
      socket.end(answerText(200, 'hello', ['connection: close']));
    });

    for (let index = 0; index < 10; index++) await bench.client.get('/');

    expect(bench.sink.ledger()).toMatchObject({ sent: 10, succeeded: 10 });
    expect(bench.server.sockets).toHaveLength(10);
  });

  it('keeps the connection of a server of HTTP/1.0 only where that says so', async () => {
    const answerOf = (lines: string): string =>
      `HTTP/1.0 200 OK\r\n${lines}content-length: 2\r\n\r\nok`;
    await using bench = await openBench(makeEngine, ({ path }) => (socket) => {
      if (path === '/kept') socket.write(answerOf('connection: keep-alive\r\n'));
      else socket.end(answerOf(''));
    });

    for (const path of ['/kept', '/kept', '/closed', '/closed', '/kept']) {
      expect((await bench.client.get(path)).text()).toBe('ok');
    }

    expect(bench.sink.ledger()).toMatchObject({ sent: 5, succeeded: 5 });
    expect(bench.server.sockets).toHaveLength(3);
  });

  it('takes a body without length as ended by the close', async () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nto the end';
    await using bench = await openBench(makeEngine, () => (socket) => socket.end(text));

    const answer = await bench.client.get('/');

    expect([answer.ok, answer.text()]).toEqual([true, 'to the end']);
  });

  it('has the ledger of the server after 120 mixed answers and drops, 6 at a time', async () => {
    const replies = [
      answerText(200, 'fine'),
      answerText(404, 'none'),
      answerText(503),
      cutBody,
      cutHead,
      '',
    ];
    await using bench = await openBench(makeEngine, ({ path }) => (socket) => {
      const reply = replies[Number(path.slice(1)) % replies.length] ?? '';
      if (reply.startsWith('HTTP/1.1 200 Status') || reply.includes('Status')) socket.write(reply);
      else socket.end(reply);
    });

    const paths = Array.from({ length: 120 }, (_, index) => `/${index}`);
    const answers = await Promise.all(paths.map((path) => bench.client.get(path)));

    expect(bench.server.requests).toHaveLength(120);
    expect(bench.server.pipelinedCount).toBe(0);
    expect(bench.sink.ledger()).toEqual({
      sent: 120,
      succeeded: 20,
      failed: 100,
      notSent: 0,
      abandoned: 0,
      redirected: 0,
    });
    expect(bench.sink.isClosed).toBe(true);
    const errors = new Set(answers.map((answer) => answer.error));
    expect(errors).toEqual(new Set([undefined, 'HTTP 404', 'HTTP 503', 'ECONNRESET']));
  });
});

describe.each(ENGINES)('the ledger (%s)', (_engine, makeEngine) => {
  const behaviours = {
    fine: (socket: Socket) => socket.write(answerText(200, 'fine')),
    missing: (socket: Socket) => socket.write(answerText(404)),
    last: (socket: Socket) => socket.end(answerText(200, 'bye', ['connection: close'])),
    moved: (socket: Socket) => socket.write(answerText(302, '', ['location: /fine/0'])),
    dropped: (socket: Socket) => socket.end(),
    reset: (socket: Socket) => socket.resetAndDestroy(),
    cutHead: (socket: Socket) => socket.end(cutHead),
    cutBody: (socket: Socket) => socket.end(cutBody),
    nonsense: (socket: Socket) => socket.write('nonsense\r\n\r\n'),
  };
  const names = fc.constantFrom(...Object.keys(behaviours));
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD');

  it('equals what the server received, whatever it does and however many are asked for at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(method, names), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 10 }),
        async (asked, atOnce) => {
          await using bench = await openBench(makeEngine, ({ path }) => {
            // Paths are made from the names of behaviours below.
            const name = path.split('/')[1] as keyof typeof behaviours;
            return (socket) => void behaviours[name](socket);
          });

          for (let index = 0; index < asked.length; index += atOnce) {
            const batch = asked.slice(index, index + atOnce);
            await Promise.all(
              batch.map(([verb, name], offset) =>
                bench.client.request(verb, `/${name}/${index + offset}`),
              ),
            );
          }

          const ledger = bench.sink.ledger();
          const { sent = 0, succeeded = 0, failed = 0, notSent = 0, redirected = 0 } = ledger;
          expect(sent).toBe(bench.server.requests.length);
          expect(sent).toBe(succeeded + failed - notSent + redirected);
          expect(succeeded + failed).toBe(asked.length);
          expect(bench.sink.isClosed).toBe(true);
          expect(bench.server.pipelinedCount).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });
});
