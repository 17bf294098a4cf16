import type { Socket } from 'node:net';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { type TracedExchange, TracingEngine } from '../../../src/http/tracing-engine.ts';
import { type Bench, ENGINES, openBench } from '../../support/http-engines.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { startTruthServer } from '../../support/truth-server.ts';
import { answerText } from '../../support/wire-server.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n';

/** A server whose answers to `/stream` go on when the test says so. */
class SlowAnswers {
  readonly sockets: Socket[] = [];
  closedCount = 0;
  #waiters: (() => void)[] = [];

  /** The answer begins with `first`. */
  begin(first: string | Buffer, headers = ''): (socket: Socket) => void {
    return (socket) => {
      this.sockets.push(socket);
      socket.on('close', () => {
        this.closedCount += 1;
        for (const waiter of this.#waiters.splice(0)) waiter();
      });
      socket.write(`${CHUNKED}${headers}\r\n`);
      socket.write(chunk(first));
    };
  }

  /** A further piece of the answer that began last. */
  send(piece: string | Buffer): void {
    this.sockets.at(-1)?.write(chunk(piece));
  }

  /** Its end. */
  end(): void {
    this.sockets.at(-1)?.write('0\r\n\r\n');
  }

  /** Resolves once a client has closed. */
  async closed(): Promise<void> {
    while (this.closedCount === 0) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }
}

function chunk(piece: string | Buffer): Buffer {
  const bytes = Buffer.from(piece);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error('no body');
  return response.body.getReader();
}

async function nextText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return Buffer.from(value ?? []).toString();
}

/** Resolves once the request has been recorded. */
async function recorded(sink: RecordingSink, count = 1): Promise<void> {
  while (sink.requests.length < count) await new Promise(setImmediate);
}

describe.each(ENGINES)('an answer that fetch streams (%s)', (_engine, makeEngine) => {
  async function slowBench(
    first: string | Buffer = 'first',
    headers = '',
    options: Parameters<typeof openBench>[2] = {},
  ): Promise<{ readonly bench: Bench; readonly answers: SlowAnswers }> {
    const answers = new SlowAnswers();
    const bench = await openBench(
      makeEngine,
      ({ path }) =>
        path === '/from'
          ? answerText(302, 'moved', ['location: /stream', 'set-cookie: hop=1'])
          : path === '/stream'
            ? answers.begin(first, headers)
            : answerText(200, path),
      options,
    );
    return { bench, answers };
  }

  it('comes with its head, its pieces as they arrive, and counts at the last byte', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;

    const response = await bench.client.fetch('/stream');
    const reader = readerOf(response);
    const first = await nextText(reader);
    const countedBefore = bench.sink.requests.length;
    answers.send('second');
    const second = await nextText(reader);
    answers.end();
    const last = await reader.read();

    expect([response.status, first, second, last.done]).toEqual([200, 'first', 'second', true]);
    expect(countedBefore).toBe(0);
    expect(bench.sink.last()).toMatchObject({ ok: true, status: 200, contentBytes: 11 });
    const { ttfbUs, serviceUs, lagUs, responseUs } = bench.sink.last();
    expect(ttfbUs).toBeGreaterThan(0);
    expect(ttfbUs).toBeLessThan(serviceUs);
    expect(lagUs + serviceUs).toBe(responseUs);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1, failed: 0 });
  });

  it('keeps its connection for the next request where it was read to its end', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;

    const response = await bench.client.fetch('/stream');
    answers.end();
    await response.text();
    await bench.client.get('/next');

    expect(bench.server.sockets).toHaveLength(1);
  });

  it('cuts the connection where the script cancels, and counts by the status', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;

    const response = await bench.client.fetch('/stream');
    const reader = readerOf(response);
    await nextText(reader);
    await reader.cancel();
    await answers.closed();

    expect(bench.sink.last()).toMatchObject({ ok: true, status: 200, contentBytes: 5 });
    expect(bench.sink.last().bytesReceived).toBeGreaterThan(5);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1, abandoned: 0 });
    expect((await bench.client.get('/next')).text()).toBe('/next');
    expect(bench.sink.isClosed).toBe(true);
  });

  it('ends with an error where the server breaks off, counted as failed', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;

    const response = await bench.client.fetch('/stream');
    const reader = readerOf(response);
    await nextText(reader);
    answers.sockets[0]?.destroy();

    await expect(reader.read()).rejects.toThrow(TypeError);
    expect(bench.sink.last()).toMatchObject({ ok: false, status: 200, error: 'ECONNRESET' });
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, notSent: 0 });
  });

  it('is given up at the end of the iteration where nobody reads it', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;

    const unread = await bench.client.fetch('/stream');
    bench.client.iterationEnded();
    await answers.closed();

    expect(bench.sink.last()).toMatchObject({ ok: true, status: 200 });
    await expect(unread.text()).rejects.toThrow('the iteration ended before this body was read');
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1 });
  });

  it('outlasts the iteration where a read waits for its next piece', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;

    const reader = readerOf(await bench.client.fetch('/stream'));
    await nextText(reader);
    const waiting = nextText(reader);
    bench.client.iterationEnded();
    answers.send('second');

    expect(await waiting).toBe('second');
    expect(bench.sink.requests).toHaveLength(0);
    answers.end();
    expect((await reader.read()).done).toBe(true);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1 });
  });

  it('is abandoned by a stop, and whoever reads it gets UserCut', async () => {
    const { bench } = await slowBench();
    await using _ = bench;

    const reader = readerOf(await bench.client.fetch('/stream'));
    await nextText(reader);
    const rejection = expect(reader.read()).rejects.toMatchObject({ code: 'KAT_CUT' });
    bench.client.cut();

    await rejection;
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, abandoned: 1, succeeded: 0, failed: 0 });
    expect(bench.sink.isClosed).toBe(true);
  });

  it('ends at the timeout of its class, counted as failed', async () => {
    const { bench } = await slowBench('first', '', { timeout: 0.1 });
    await using _ = bench;

    const reader = readerOf(await bench.client.fetch('/stream'));
    await nextText(reader);

    await expect(reader.read()).rejects.toThrow(TypeError);
    expect(bench.sink.last()).toMatchObject({ error: 'timeout after 0.1 s', status: 200 });
  });

  it('fails where it is longer than maxBody', async () => {
    const { bench, answers } = await slowBench('first', '', { maxBody: 10 });
    await using _ = bench;

    const reader = readerOf(await bench.client.fetch('/stream'));
    await nextText(reader);
    answers.send('second');

    await expect(reader.read()).rejects.toThrow(TypeError);
    expect(bench.sink.last()).toMatchObject({ error: 'body over 10 B' });
  });

  it('is decoded piece by piece, and counts the decoded length', async () => {
    const gzip = createGzip();
    const pieces = gzip[Symbol.asyncIterator]();
    gzip.write('first');
    gzip.flush(constants.Z_SYNC_FLUSH);
    const head = await pieces.next();
    const start = await pieces.next();
    const { bench, answers } = await slowBench(
      Buffer.concat([head.value, start.value]),
      'content-encoding: gzip\r\n',
    );
    await using _ = bench;

    const reader = readerOf(await bench.client.fetch('/stream'));
    const first = await nextText(reader);
    gzip.end('second');
    for await (const piece of pieces) answers.send(piece);
    answers.end();
    const second = await nextText(reader);
    await reader.read();
    await recorded(bench.sink);

    expect([first, second]).toEqual(['first', 'second']);
    expect(bench.sink.last()).toMatchObject({ ok: true, contentBytes: 11 });
  });

  it.each([
    ['is no gzip', 'not packed', {}, 'bad response: gzip'],
    [
      'unpacks to more than maxBody',
      gzipSync('x'.repeat(5000)),
      { maxBody: 1000 },
      'body over 1000 B',
    ],
  ])('fails where it %s', async (_case, first, options, failure) => {
    const { bench, answers } = await slowBench(first, 'content-encoding: gzip\r\n', options);
    await using _ = bench;

    const response = await bench.client.fetch('/stream');
    const rejection = expect(response.text()).rejects.toThrow(TypeError);
    answers.end();

    await rejection;
    await recorded(bench.sink);
    expect(bench.sink.last()).toMatchObject({ ok: false, status: 200, error: failure });
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1 });
  });

  it('streams behind a redirect, whose cookies are there with the head', async () => {
    const { bench, answers } = await slowBench('first', 'set-cookie: last=2\r\n');
    await using _ = bench;

    const response = await bench.client.fetch('/from');

    expect([response.redirected, response.url]).toEqual([true, `${bench.baseUrl}/stream`]);
    expect(bench.client.cookies.get('hop')).toBe('1');
    expect(bench.client.cookies.get('last')).toBe('2');
    answers.end();
    expect(await response.text()).toBe('first');
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, redirected: 1, succeeded: 1 });
  });

  it("ends with the signal's reason where that comes behind the head, counted as failed", async () => {
    const { bench } = await slowBench();
    await using _ = bench;
    const controller = new AbortController();

    const response = await bench.client.fetch('/stream', { signal: controller.signal });
    const reader = readerOf(response);
    await nextText(reader);
    const rejection = expect(reader.read()).rejects.toMatchObject({ name: 'AbortError' });
    controller.abort();

    await rejection;
    expect(bench.sink.last()).toMatchObject({ ok: false, error: 'aborted', status: 200 });
  });

  it('is as long as the server says, whatever becomes of 40 of them, each counted once', async () => {
    await using server = await countingServer();
    const sink = new RecordingSink();
    const engine = makeEngine(systemClock);
    const client = new HttpSession({ sink, engine, clock: systemClock, baseUrl: server.url });

    for (let turn = 0; turn < 40; turn += 1) {
      const response = await client.fetch(turn % 4 === 3 ? '/drop-mid' : '/large/300000');
      if (turn % 4 === 0) expect((await response.bytes()).length).toBe(300_000);
      else if (turn % 4 === 1) await response.body?.cancel();
      else if (turn % 4 === 3) await expect(response.text()).rejects.toThrow(TypeError);
      client.iterationEnded();
    }
    client.dispose();

    expect(server.total()).toBe(40);
    expect(sink.ledger()).toMatchObject({ sent: 40, succeeded: 30, failed: 10, abandoned: 0 });
    expect(sink.isClosed).toBe(true);
  });

  it('is shown whole by an engine that traces, and streams all the same', async () => {
    const { bench, answers } = await slowBench();
    await using _ = bench;
    const seen: TracedExchange[] = [];
    const engine = new TracingEngine(makeEngine(systemClock), (exchange) => seen.push(exchange));
    const { baseUrl } = bench;
    const sink = new RecordingSink();
    const client = new HttpSession({ sink, engine, clock: systemClock, baseUrl });

    const reader = readerOf(await client.fetch('/stream'));
    const first = await nextText(reader);
    answers.send('second');
    answers.end();
    await nextText(reader);
    await reader.read();
    client.dispose();

    expect(first).toBe('first');
    expect(seen.map(({ status, body }) => [status, Buffer.from(body).toString()])).toEqual([
      [200, 'firstsecond'],
    ]);
    expect(sink.last()).toMatchObject({ ok: true, contentBytes: 11 });
    expect(sink.last().ttfbUs).toBeGreaterThan(0);
  });
});

async function countingServer() {
  const server = await startTruthServer();
  return {
    url: server.url,
    total: () => server.total(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
