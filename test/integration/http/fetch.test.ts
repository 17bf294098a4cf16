import { describe, expect, it } from 'vitest';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { answerText } from '../../support/wire-server.ts';

describe.each(ENGINES)('fetch of a session (%s)', (_engine, makeEngine) => {
  it('is measured and gives a Response of the platform', async () => {
    await using bench = await openBench(makeEngine, ({ method, headers, body }) =>
      answerText(
        201,
        JSON.stringify({ method, type: headers.get('content-type'), body: body.toString() }),
        ['x-a: 1'],
      ),
    );
    const { fetch } = bench.client;

    const response = await fetch('/things', { method: 'POST', body: 'text' });

    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.ok, response.url]).toEqual([
      201,
      true,
      `${bench.baseUrl}/things`,
    ]);
    expect(response.headers.get('x-a')).toBe('1');
    expect(await response.json()).toEqual({
      method: 'POST',
      type: 'text/plain;charset=UTF-8',
      body: 'text',
    });
    expect(bench.sink.last()).toMatchObject({ method: 'POST', name: '/things', ok: true });
  });

  it.each(['/x', '', '?q=1', 'x', '/x?', '//h2/x', 'http://ada:own@HOST/y', '/a/../b'])(
    'asks for %j as get does, with the credentials of its URL, which no figure shows',
    async (given) => {
      await using bench = await openBench(makeEngine, () => answerText(200));
      const host = bench.baseUrl.slice('http://'.length);
      const client = bench.user({}, `http://ada:pa55@${host}/base`);
      const url = given.replace('HOST', host);

      const fetched = await client.fetch(url);
      const got = await client.get(url);

      const [first, second] = bench.server.requests;
      expect([first?.path, fetched.url]).toEqual([second?.path, got.url]);
      expect(first?.headers.get('authorization')).toMatch(/^Basic YWRhO/);
      expect(first?.headers.get('authorization')).toBe(second?.headers.get('authorization'));
      expect(bench.sink.requests[0]?.name).toBe(bench.sink.requests[1]?.name);
      expect(JSON.stringify(bench.sink.requests)).not.toMatch(/ada|pa55|own/);
    },
  );

  it('shows no credentials of a URL that is none, in names, errors and answers', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const bad = 'http://ada:pa55@a:99999/';

    const answer = await bench.client.get(bad);
    const refusal = await bench.client.fetch(bad).catch((error: unknown) => String(error));
    const misuse = (): unknown => bench.client.request('GET', bad, { chekc: 1 } as object);

    expect(answer.url).toBe('http://a:99999/');
    expect(misuse).toThrow("client.get('http://a:99999/'): there is no option `chekc`");
    expect(refusal).toBe('TypeError: fetch failed');
    expect(JSON.stringify(bench.sink.requests)).not.toContain('pa55');
    expect(bench.sink.requests).toHaveLength(2);
    expect(bench.sink.last()).toMatchObject({ name: 'http://a:99999/', error: 'bad URL' });
  });

  it('takes URL and Request, follows redirects and says so', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/a' ? answerText(302, '', ['location: /b']) : answerText(200, path),
    );

    const first = await bench.client.fetch(new URL('/a', bench.baseUrl));
    const second = await bench.client.fetch(new Request(`${bench.baseUrl}/c`));

    expect([first.redirected, await first.text()]).toEqual([true, '/b']);
    expect([second.redirected, await second.text()]).toEqual([false, '/c']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 3, succeeded: 2, redirected: 1 });
  });

  it('resolves on 503, counted as failed, and rejects with TypeError where no answer came', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/503' ? answerText(503) : (socket) => socket.end(),
    );

    const response = await bench.client.fetch('/503');

    expect(response.status).toBe(503);
    await expect(bench.client.fetch('/gone')).rejects.toThrow(TypeError);
    expect(bench.sink.requests.map((request) => request.error)).toEqual(['HTTP 503', 'ECONNRESET']);
  });

  it('stops at the signal with its reason, counted as failed and sent', async () => {
    await using bench = await openBench(makeEngine, () => () => undefined);
    const controller = new AbortController();
    const request = bench.client.fetch('/', { signal: controller.signal });
    const rejection = expect(request).rejects.toMatchObject({ name: 'AbortError' });
    await bench.server.arrived(1);

    controller.abort();

    await rejection;
    expect(bench.sink.last()).toMatchObject({ error: 'aborted', sent: true });
    expect(bench.sink.isClosed).toBe(true);
  });
});
