import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import type { HttpOptions } from '../../../src/http/user/http-options.ts';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { TEST_CERT } from '../../support/tls-fixture.ts';
import { answerText } from '../../support/wire-server.ts';

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe.each(ENGINES)('requests that fail (%s)', (_engine, makeEngine) => {
  function clientOf(baseUrl: string, options: HttpOptions = {}) {
    const sink = new RecordingSink();
    const engine = makeEngine(systemClock);
    return {
      sink,
      client: new HttpSession({ sink, engine, clock: systemClock, baseUrl, options }),
    };
  }

  it('counts a refused connection as notSent, with service time and without status', async () => {
    const { sink, client } = clientOf(`http://127.0.0.1:${await freePort()}`);

    const answer = await client.get('/hello');

    expect([answer.status, answer.ok, answer.error]).toEqual([0, false, 'ECONNREFUSED']);
    expect(sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
    expect(sink.last().serviceUs).toBeGreaterThan(0);
    expect(sink.last().ttfbUs).toBe(-1);
    client.dispose();
  });

  it('fails 500 refused requests at once without running out of stack or connections', async () => {
    const { sink, client } = clientOf(`http://127.0.0.1:${await freePort()}`);

    await Promise.all(Array.from({ length: 500 }, () => client.get('/')));

    expect(sink.ledger()).toMatchObject({ sent: 0, failed: 500, notSent: 500 });
    client.dispose();
  });

  it('names an unknown host ENOTFOUND or, without a name server, EAI_AGAIN', async () => {
    const { sink, client } = clientOf('http://host.invalid');

    const answer = await client.get('/');

    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(answer.error);
    expect(sink.last().sent).toBe(false);
    client.dispose();
  });

  it('fails after the timeout of 0.1 s, sent, and takes a new connection for the next', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/slow' ? () => undefined : answerText(200),
    );

    const slow = await bench.client.get('/slow', { timeout: 0.1 });
    const next = await bench.client.get('/');

    expect([slow.status, slow.error]).toEqual([0, 'timeout after 0.1 s']);
    expect(slow.time).toBeGreaterThanOrEqual(100);
    expect(next.ok).toBe(true);
    expect(bench.server.sockets).toHaveLength(2);
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, failed: 1, notSent: 0 });
  });

  it('fails after the timeout in the middle of a body', async () => {
    const half = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf';
    await using bench = await openBench(makeEngine, () => half, { timeout: 0.1 });

    const answer = await bench.client.get('/');

    expect([answer.status, answer.error]).toEqual([200, 'timeout after 0.1 s']);
    expect(bench.sink.last().bytesReceived).toBe(half.length);
  });

  it('fails requests that time out while they wait for a connection as notSent', async () => {
    await using bench = await openBench(makeEngine, () => () => undefined);

    const holding = Array.from({ length: 6 }, () => bench.client.get('/', { timeout: 0.3 }));
    const waiting = Array.from({ length: 2 }, () => bench.client.get('/', { timeout: 0.1 }));
    await Promise.all([...holding, ...waiting]);

    expect(bench.sink.ledger()).toMatchObject({ sent: 6, failed: 8, notSent: 2 });
  });

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n', /^bad response: /],
    [
      'an upgrade nobody asked for',
      'HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n',
      /^bad response: /,
    ],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      /^bad response: /,
    ],
    [
      'length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^bad response: /,
    ],
    [
      'a head of 100 kB',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
      /^bad response: headers/,
    ],
  ])('names an answer of %s', async (_kind, text, name) => {
    await using bench = await openBench(makeEngine, () => text);

    const answer = await bench.client.get('/');

    expect(answer.error).toMatch(name);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, notSent: 0 });
  });

  it('fails a body over maxBody of 1 kB, received or decoded', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'x'.repeat(2000)), {
      maxBody: 1024,
    });

    const answer = await bench.client.get('/');

    expect([answer.ok, answer.error]).toEqual([false, 'body over 1 kB']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1 });
  });

  it('fails at the head where that announces a body over maxBody, the body begun or not', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n';
    await using bench = await openBench(
      makeEngine,
      ({ path }) => (path === '/begun' ? `${head}begun` : head),
      { maxBody: 1024 },
    );

    const answers = [await bench.client.get('/'), await bench.client.get('/begun')];

    expect(answers.map(({ error }) => error)).toEqual(['body over 1 kB', 'body over 1 kB']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, failed: 2 });
  });

  it.each([
    ['a URL with another scheme', 'ftp://host/x', {}, 'bad URL'],
    ['a URL that is none', 'http://', {}, 'bad URL'],
    [
      'a header value with a line break',
      '/',
      { headers: { 'x-a': 'a\r\nb' } },
      'bad request: invalid x-a header',
    ],
    [
      'a header name with a blank',
      '/',
      { headers: { 'x a': 'b' } },
      'bad request: invalid header key',
    ],
    [
      'a length that the body does not have',
      '/',
      { body: 'abc', headers: { 'content-length': '9' } },
      'bad request: content-length is not that of the body',
    ],
    [
      'a length without a body',
      '/',
      { headers: { 'content-length': '3' } },
      'bad request: content-length is not that of the body',
    ],
    ['JSON of a function', '/', { json: () => 1 }, 'bad body: a function has no JSON'],
    ['JSON of a bigint', '/', { json: 1n }, 'bad body: Do not know how to serialize a BigInt'],
    [
      'json and form',
      '/',
      { json: 1, form: { a: 1 } },
      'bad body: give one of json, form and body',
    ],
  ])('counts %s as failed and notSent', async (_what, url, options, error) => {
    await using bench = await openBench(makeEngine, () => answerText(200));

    const answer = await bench.client.post(url, options);

    expect([answer.status, answer.error]).toEqual([0, error]);
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
    expect(bench.server.requests).toHaveLength(0);
  });

  it('counts a body stream that fails before its first chunk as notSent', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    // biome-ignore lint/correctness/useYield: a stream that fails at once
    const body = (async function* (): AsyncGenerator<string> {
      throw new Error('no file');
    })();

    const answer = await bench.client.post('/', { body });

    expect(answer.error).toBe('bad body: no file');
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
  });

  it('counts a body stream that fails after its first chunk as sent', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const body = (async function* (): AsyncGenerator<string> {
      yield 'first';
      throw new Error('disk gone');
    })();

    const answer = await bench.client.post('/', { body });

    expect(answer.error).toBe('bad body: disk gone');
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, notSent: 0 });
  });
});

describe.each(ENGINES)('streamed bodies (%s)', (_engine, makeEngine) => {
  it('takes an answer that comes before the body is through, and goes on with the next request', async () => {
    const early = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answerText(413, 'too long', ['connection: close'])));
    });
    await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve));
    const address = early.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await using bench = await openBench(makeEngine, () => answerText(200));
    let isOpen = true;
    const body = (async function* (): AsyncGenerator<Uint8Array> {
      while (isOpen) {
        yield new Uint8Array(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();

    const answer = await bench.client.post(`http://127.0.0.1:${address.port}/`, { body });
    const next = await bench.client.get(`http://127.0.0.1:${address.port}/`);
    isOpen = false;

    expect([answer.error, next.error]).toEqual(['HTTP 413', 'HTTP 413']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, failed: 2, notSent: 0 });
    early.close();
  });

  it('counts a body that never begins as timed out and notSent', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const body: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };

    const answer = await bench.client.post('/', { body, timeout: 0.1 });

    expect(answer.error).toBe('timeout after 0.1 s');
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
    expect(bench.server.requests).toHaveLength(0);
  });
});

describe.each(ENGINES)('TLS (%s)', (_engine, makeEngine) => {
  it('refuses a self-signed certificate under a stable name, notSent', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200), { tls: true });

    const answer = await bench.client.get('/');

    expect(answer.error).toBe('TLS: DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
  });

  it.each([
    ['insecure', { insecure: true }],
    ['its own ca', { ca: TEST_CERT }],
    ['its own ca as bytes', { ca: Buffer.from(TEST_CERT) }],
  ])('connects with %s, and counts bytes as HTTP sees them', async (_how, options) => {
    const text = answerText(200, 'secret');
    await using bench = await openBench(makeEngine, () => text, { tls: true, ...options });

    const first = await bench.client.get('/');
    const second = await bench.client.get('/');

    expect([first.text(), second.text()]).toEqual(['secret', 'secret']);
    expect(first.timings.tls).toBeGreaterThan(0);
    expect(second.timings.tls).toBe(0);
    expect(bench.server.sockets).toHaveLength(1);
    expect(bench.sink.requests.map((request) => request.bytesReceived)).toEqual([
      text.length,
      text.length,
    ]);
  });

  it('verifies the name that servername asks for', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200), {
      tls: true,
      ca: TEST_CERT,
      servername: 'other.example',
    });

    const answer = await bench.client.get('/');

    expect(answer.error).toBe('TLS: ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('fails with a name where ca is no PEM', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200), {
      tls: true,
      ca: 'x',
      cert: 'nonsense',
    });

    const answer = await bench.client.get('/');

    expect(answer.error).toMatch(/^TLS: ERR_OSSL_/);
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, notSent: 1 });
  });

  it('fails with a name where the server speaks no TLS', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));

    const answer = await bench.client.get(bench.baseUrl.replace('http:', 'https:'), { timeout: 1 });

    expect(answer.error).toMatch(/^TLS: |^timeout after 1 s$/);
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, notSent: 1 });
  });

  it('fails after the connect timeout where the handshake stalls', async () => {
    const stalled = createServer(() => undefined);
    await new Promise<void>((resolve) => stalled.listen(0, '127.0.0.1', resolve));
    const address = stalled.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await using bench = await openBench(makeEngine, () => answerText(200), { connectTimeout: 0.1 });

    const answer = await bench.client.get(`https://127.0.0.1:${address.port}/`);

    expect(answer.error).toBe('connect timeout after 0.1 s');
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, notSent: 1 });
    stalled.close();
  });
});
