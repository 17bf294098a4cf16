import { describe, expect, it } from 'vitest';
import type { HttpEngine } from '../../../src/http/exchange/engine.ts';
import type { Exchange } from '../../../src/http/exchange/exchange.ts';
import { ResponseHeaders } from '../../../src/http/exchange/response-headers.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

/** A client whose requests end when the test says so. */
function heldClient() {
  const started: Exchange[] = [];
  const engine: HttpEngine = {
    connectionSet: () => ({
      start: (exchange) => void started.push(exchange),
      close: () => undefined,
    }),
    rest: () => undefined,
  };
  const clock = new FakeClock();
  const parts = { sink: new RecordingSink(), engine, clock, baseUrl: 'http://h' };
  return { client: new HttpSession(parts), started };
}

function finish(exchange: Exchange | undefined): void {
  if (exchange === undefined) throw new Error('nothing was started');
  exchange.status = 200;
  exchange.headers = new ResponseHeaders({});
  exchange.end(0, undefined);
}

describe('HttpSession', () => {
  it('lets a script go on at most 2 microtasks after its answer is there', async () => {
    const { client, started } = heldClient();
    let isDone = false;
    const script = async (): Promise<void> => {
      await client.get('/');
      isDone = true;
    };
    void script();

    finish(started[0]);
    let hops = 0;
    while (!isDone) {
      await null;
      hops += 1;
    }

    expect(hops).toBeLessThanOrEqual(2);
  });

  it('asks with the same head object each time, session headers and all', () => {
    const { client, started } = heldClient();

    for (const value of ['a', 'a', 'b']) {
      client.headers['x-a'] = value;
      void client.get('/');
    }
    client.headers = {};
    void client.get('/');
    void client.get('/');

    const heads = started.map((exchange) => exchange.request);
    expect(heads[1]).toBe(heads[0]);
    expect(heads[2]).not.toBe(heads[0]);
    expect(heads[2]?.headers).toContain('b');
    expect(heads[4]).toBe(heads[3]);
    expect(heads[4]?.headers).not.toContain('x-a');
  });
});
