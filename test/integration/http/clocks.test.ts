import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpSession } from '../../../src/http/http-session.ts';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { answerText } from '../../support/wire-server.ts';

/** Requests that spend their time in different places: encoding, connecting, settling, streaming. */
const REQUESTS: Readonly<
  Record<string, (client: HttpSession, size: number) => Promise<unknown> | undefined>
> = {
  get: (client) => client.get('/'),
  form: (client, size) => client.post('/', { form: { text: 'ä '.repeat(size) } }),
  json: (client, size) => client.post('/', { json: { list: Array.from({ length: size }) } }),
  blob: (client, size) => client.post('/', { body: new Blob(['x'.repeat(size)]) }),
  stream: (client, size) =>
    client.post('/', { body: new Blob(['x'.repeat(size), 'y']).stream() as never }),
  redirected: (client) => client.get('/redirect'),
  'without keep-alive': (client) => client.get('/', { headers: { connection: 'close' } }),
  'a pause of the script': () => undefined,
};

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.keys(REQUESTS)),
    size: fc.integer({ min: 0, max: 60_000 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe.each(ENGINES)('the three clocks of a request (%s)', (_engine, makeEngine) => {
  it('add up to the microsecond where the user was free: response = send lag + service', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/redirect'
        ? 'HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'
        : answerText(200, 'ok'),
    );
    await fc.assert(
      fc.asyncProperty(steps, async (chosen) => {
        const client = bench.user();
        for (const { kind, size } of chosen) await REQUESTS[kind]?.(client, size);
        client.dispose();

        const apart = bench.sink.requests.map(
          (each) => each.responseUs - each.lagUs - each.serviceUs,
        );
        expect(apart.filter((us) => us !== 0)).toEqual([]);
        expect(bench.sink.requests.every(({ ok }) => ok)).toBe(true);
        bench.sink.requests.length = 0;
      }),
      { numRuns: 25 },
    );
  });

  it('put the time that making a body takes into the send lag, and none of it into the service time', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'ok'));
    let encodedUs = 0;
    const slow = {
      toJSON: () => {
        const from = performance.now();
        let turns = 0;
        while (performance.now() < from + 20) turns += 1;
        encodedUs = (performance.now() - from) * 1000;
        return { turns };
      },
    };
    await bench.client.get('/');

    await bench.client.post('/', { json: slow });

    const { lagUs, responseUs, serviceUs } = bench.sink.last();
    expect(lagUs).toBeGreaterThanOrEqual(Math.floor(encodedUs));
    expect(responseUs).toBe(lagUs + serviceUs);
  });

  it('leave the wait for one of the own connections of the user to the response time alone', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'ok'));

    await Promise.all(Array.from({ length: 40 }, () => bench.client.get('/')));

    const parts = bench.sink.requests.map((each) => each.responseUs - each.lagUs - each.serviceUs);
    expect(parts.every((us) => us >= 0)).toBe(true);
    expect(parts.filter((us) => us > 0).length).toBeGreaterThan(10);
  });
});
