import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { UserCut } from '../../../src/http/exchange/http-errors.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { type TracedExchange, TracingEngine } from '../../../src/http/tracing-engine.ts';
import { ENGINES } from '../../support/http-engines.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { startTruthServer, type TruthServer } from '../../support/truth-server.ts';

/** A traced client of the truth server. */
interface Traced extends AsyncDisposable {
  readonly client: HttpSession;
  readonly sink: RecordingSink;
  readonly seen: TracedExchange[];
  readonly server: TruthServer;
}

describe.each(ENGINES)('an engine that is traced (%s)', (_, makeEngine) => {
  async function traced(): Promise<Traced> {
    const server = await startTruthServer();
    const seen: TracedExchange[] = [];
    const sink = new RecordingSink();
    const engine = new TracingEngine(makeEngine(systemClock), (exchange) => seen.push(exchange));
    const client = new HttpSession({ sink, engine, clock: systemClock, baseUrl: server.url });
    return {
      client,
      sink,
      seen,
      server,
      async [Symbol.asyncDispose]() {
        client.dispose();
        await server.close();
      },
    };
  }

  it('shows each exchange of a redirected request, and the script gets the answer', async () => {
    await using bench = await traced();

    const answer = await bench.client.get('/redirect/2', { check: (got) => got.ok || 'no' });

    expect(bench.seen.map(({ path, status }) => `${path} ${status}`)).toEqual([
      '/redirect/2 302',
      '/redirect/1 302',
      '/redirect/0 200',
    ]);
    expect([answer.status, answer.text(), answer.history.length]).toEqual([200, 'arrived', 2]);
    expect(answer.timings.firstByte).toBeGreaterThan(0);
    expect(bench.sink.ledger()).toMatchObject({ sent: 3, succeeded: 1, redirected: 2 });
    expect(bench.sink.isClosed).toBe(true);
  });

  it('gives the script the headers and the body that were seen, and counts its bytes', async () => {
    await using bench = await traced();

    const answer = await bench.client.post('/echo', { json: { a: 1 } });

    const [exchange] = bench.seen;
    expect(Buffer.from(exchange?.body ?? []).toString()).toBe('{"a":1}');
    expect(answer.json()).toEqual({ a: 1 });
    expect(answer.headers.get('x-method')).toBe('POST');
    expect(bench.sink.last().bytesReceived).toBeGreaterThan(7);
    expect(bench.sink.last().serviceUs).toBeGreaterThan(0);
  });

  it('shows a failure before anything was sent, and one in the middle of an answer', async () => {
    await using bench = await traced();

    const refused = await bench.client.get('http://127.0.0.1:1/');
    const dropped = await bench.client.get('/drop-mid');

    expect(refused.error).toBe('ECONNREFUSED');
    expect(bench.seen.map(({ failure }) => failure)).toEqual([refused.error, dropped.error]);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 2, notSent: 1 });
  });

  it('ends by its timeout, and by a cut, which abandons it once', async () => {
    await using bench = await traced();

    const late = await bench.client.get('/slow/5000', { timeout: 0.05 });
    const hanging = bench.client.get('/slow/5000');
    while (bench.sink.sentCount < 2) await new Promise(setImmediate);
    bench.client.cut();

    expect(late.error).toBe('timeout after 0.05 s');
    await expect(hanging).rejects.toBeInstanceOf(UserCut);
    expect(bench.seen.map(({ failure }) => failure)).toEqual(['timeout after 0.05 s', 'cut']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, failed: 1, abandoned: 1 });
    expect(bench.sink.isClosed).toBe(true);
  });
});
