import { describe, expect, it } from 'vitest';
import type { ConnectionOptions, HttpEngine } from '../../../src/http/exchange/engine.ts';
import { Exchange, RequestHead } from '../../../src/http/exchange/exchange.ts';
import { ResponseHeaders } from '../../../src/http/exchange/response-headers.ts';
import { type TracedExchange, TracingEngine } from '../../../src/http/tracing-engine.ts';

/** An exchange that goes through a traced engine which does nothing by itself. */
interface Traced {
  /** As whoever asked for it has it. */
  readonly outer: Exchange;
  /** As the engine has it. */
  readonly inner: Exchange;
  /** What happened, in its order. */
  readonly log: string[];
  readonly seen: TracedExchange[];
}

function traced(): Traced {
  const log: string[] = [];
  const seen: TracedExchange[] = [];
  const started: Exchange[] = [];
  const engine: HttpEngine = {
    connectionSet: () => ({ start: (exchange) => started.push(exchange), close: () => undefined }),
    rest: () => undefined,
  };
  const tracing = new TracingEngine(engine, (exchange) => {
    seen.push(exchange);
    log.push(`seen ${exchange.failure ?? exchange.status}`);
  });
  const outer = new Exchange(
    new RequestHead('GET', 'http://h.test', '/a', ['accept', '*/*']),
    null,
    5000,
    { timeoutSeconds: 5, maxBodyBytes: 100 },
    {
      exchangeSent: ({ sentUs, actedUs }) => log.push(`sent at ${sentUs}, acted at ${actedUs}`),
      exchangeEnded: ({ finishedUs }) => log.push(`ended at ${finishedUs}`),
    },
  );
  // The engine here looks at no option.
  tracing.connectionSet({} as ConnectionOptions).start(outer);
  const [inner] = started;
  if (inner === undefined) throw new TypeError('nothing was started');
  return { outer, inner, log, seen };
}

describe('TracingEngine', () => {
  it('hands on what is asked for, and all that comes of it, shown before it is told', () => {
    const { outer, inner, log, seen } = traced();

    inner.actedUs = 10;
    inner.markSent(20);
    inner.status = 200;
    inner.headers = new ResponseHeaders({ 'x-a': 'b' });
    inner.firstByteUs = 30;
    inner.bytesReceived = 77;
    inner.addBody(Buffer.from('__hello__'), 2, 7, 0);
    inner.end(40, undefined);

    expect([inner.request, inner.deadlineUs]).toEqual([outer.request, 5000]);
    expect(log).toEqual(['sent at 20, acted at 10', 'seen 200', 'ended at 40']);
    expect(outer).toMatchObject({ status: 200, firstByteUs: 30, bytesReceived: 77, bodyBytes: 5 });
    expect([outer.headers.get('x-a'), Buffer.from(outer.body()).toString()]).toEqual([
      'b',
      'hello',
    ]);
    expect(seen).toMatchObject([
      { method: 'GET', origin: 'http://h.test', path: '/a', requestHeaders: ['accept', '*/*'] },
    ]);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('hello');
  });

  it('is stopped where the one who asked stops it', () => {
    const { outer, inner, log } = traced();
    inner.heldBy({ abort: (exchange, failure) => exchange.end(60, failure) });

    outer.abort('cut');

    expect(log).toEqual(['seen cut', 'ended at 60']);
    expect([outer.failure, outer.isSent, outer.isEnded]).toEqual(['cut', false, true]);
  });
});
