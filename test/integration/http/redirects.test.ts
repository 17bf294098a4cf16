import { describe, expect, it } from 'vitest';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { answerText, WireServer } from '../../support/wire-server.ts';

const to = (status: number, location: string, ...headers: string[]): string =>
  answerText(status, 'moved', [`location: ${location}`, ...headers]);

describe.each(ENGINES)('redirects (%s)', (_engine, makeEngine) => {
  it('follows 3, counts 1 request under the first name with the whole time, and keeps the history', async () => {
    await using bench = await openBench(makeEngine, ({ path }) => {
      const step = Number(path.slice(1));
      return step < 3 ? to(302, `/${step + 1}`) : answerText(200, 'here');
    });

    const answer = await bench.client.get('/0');

    expect([answer.text(), answer.url]).toEqual(['here', `${bench.baseUrl}/3`]);
    expect(answer.history.map((earlier) => [earlier.status, earlier.url])).toEqual(
      ['/0', '/1', '/2'].map((path) => [302, bench.baseUrl + path]),
    );
    expect(bench.sink.requests).toHaveLength(1);
    expect(bench.sink.last()).toMatchObject({ name: '/0', status: 200, ok: true });
    expect(bench.sink.ledger()).toMatchObject({ sent: 4, succeeded: 1, redirected: 3 });
    expect(bench.sink.redirectedBytes).toEqual([1, 2, 3].map((step) => to(302, `/${step}`).length));
    expect(bench.server.requests).toHaveLength(4);
  });

  it('sends what a hop set along with own cookies of the script, the newer of one name', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/login'
        ? to(302, '/home', 'set-cookie: sid=77', 'set-cookie: old=new')
        : answerText(200, 'in'),
    );

    await bench.client.get('/login', { headers: { cookie: 'consent=1; old=mine' } });

    const cookies = bench.server.requests.map(({ headers }) => headers.get('cookie'));
    expect(cookies[0]).toBe('consent=1; old=mine');
    expect(cookies[1]?.split('; ').sort()).toEqual(['consent=1', 'old=new', 'sid=77']);
  });

  it('gives up after 30, with 31 requests at the server', async () => {
    await using bench = await openBench(makeEngine, () => to(302, '/loop'));

    const answer = await bench.client.get('/loop');

    expect([answer.status, answer.error]).toEqual([302, 'too many redirects (30)']);
    expect(bench.server.requests).toHaveLength(31);
    expect(bench.sink.ledger()).toMatchObject({ sent: 31, failed: 1, notSent: 0, redirected: 30 });
    expect(bench.sink.isClosed).toBe(true);
  });

  it('counts a Location that is no URL as a failure of its own name', async () => {
    await using bench = await openBench(makeEngine, () => to(302, 'http://a:99999/'));

    const answer = await bench.client.get('/');

    expect([answer.status, answer.ok, answer.error]).toEqual([302, false, 'bad redirect']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, notSent: 0, redirected: 0 });
  });

  it('takes an empty Location as none: the answer is final and no failure', async () => {
    await using bench = await openBench(makeEngine, () => to(302, ''));

    const answer = await bench.client.get('/');

    expect([answer.status, answer.ok, bench.server.requests.length]).toEqual([302, true, 1]);
  });

  it('keeps an empty query, and sends bytes of a Location back as they came', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/'
        ? to(302, '/y?')
        : path === '/y?'
          ? Buffer.from(to(302, '/\xe4'), 'latin1')
          : answerText(200, 'ok'),
    );

    const answer = await bench.client.get('/');

    expect(answer.text()).toBe('ok');
    expect(bench.server.requests.map(({ path }) => path)).toEqual(['/', '/y?', '/%E4']);
  });

  it.each([
    ['the same location twice, which is one', ['/y', '/y'], [200, undefined], ['/', '/y']],
    ['two locations, which is a failure', ['/y', '/z'], [302, 'bad redirect'], ['/']],
  ])('takes an answer with %s', async (_what, [first, second], [status, error], paths) => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/' ? to(302, first ?? '', `location: ${second}`) : answerText(200),
    );

    const answer = await bench.client.get('/');

    expect([answer.status, answer.error]).toEqual([status, error]);
    expect(bench.server.requests.map(({ path }) => path)).toEqual(paths);
  });

  it('leaves a redirect to the script where told', async () => {
    await using bench = await openBench(makeEngine, () => to(302, '/next'));

    const answer = await bench.client.get('/', { redirect: 'manual' });

    expect([answer.status, answer.ok, answer.text()]).toEqual([302, true, 'moved']);
    expect(bench.server.requests).toHaveLength(1);
  });

  it.each([
    ['no location', answerText(302)],
    ['a location of another scheme', to(302, 'mailto:a@b')],
    ['a location of another scheme', to(302, 'myapp://callback')],
    ['a status of 304', 'HTTP/1.1 304 X\r\nlocation: /x\r\n\r\n'],
    ['a status of 300', to(300, '/x')],
  ])('takes an answer with %s as final', async (_what, reply) => {
    await using bench = await openBench(makeEngine, () => reply);

    const answer = await bench.client.get('/');

    expect(answer.ok).toBe(true);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1, redirected: 0 });
  });

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', 'data'],
    [307, 'POST', 'POST', 'data'],
    [308, 'POST', 'POST', 'data'],
  ])('after %i turns %s into %s', async (status, method, next, body) => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/a' ? to(status, '/b') : answerText(200),
    );

    await bench.client.request(method, '/a', {
      body: 'data',
      headers: { 'content-type': 'text/x' },
    });

    const hop = bench.server.requests[1];
    expect([hop?.method, hop?.body.toString()]).toEqual([next, body]);
    expect(hop?.headers.has('content-type')).toBe(body !== '');
  });

  it('fails where a streamed body would have to be sent again', async () => {
    await using bench = await openBench(makeEngine, () => to(307, '/b'));

    const answer = await bench.client.post('/a', { body: new Blob(['x']).stream() });

    expect([answer.status, answer.error]).toEqual([307, 'redirect of a streamed body']);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1, redirected: 0 });
  });

  it('keeps bodies of a chain up to maxBody together, and gives up beyond', async () => {
    const body = 'x'.repeat(400);
    await using bench = await openBench(
      makeEngine,
      () => `HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 400\r\n\r\n${body}`,
      { maxBody: 1024 },
    );

    const answer = await bench.client.get('/');

    expect([answer.status, answer.error]).toEqual([302, 'body over 1 kB']);
    expect(answer.history).toHaveLength(2);
    expect(bench.sink.ledger()).toMatchObject({ sent: 3, redirected: 2, failed: 1 });
  });

  it('keeps secrets from another origin, and its own cookies for each', async () => {
    const other = new WireServer(() => answerText(200, 'other'));
    const otherUrl = `http://localhost:${await other.listen()}`;
    await using bench = await openBench(makeEngine, () => to(302, otherUrl));
    bench.client.cookies.set('mine', '1');
    bench.client.cookies.set('theirs', '2', { url: otherUrl });

    const answer = await bench.client.get('/', {
      auth: ['u', 'p'],
      headers: { 'x-kept': 'yes', host: 'virtual.example' },
    });

    const [first] = bench.server.requests;
    const [second] = other.requests;
    expect(answer.text()).toBe('other');
    expect(first?.headers.get('cookie')).toBe('mine=1');
    expect(first?.headers.get('host')).toBe('virtual.example');
    expect(second?.headers.get('cookie')).toBe('theirs=2');
    expect(second?.headers.has('authorization')).toBe(false);
    expect(second?.headers.get('host')).toBe(otherUrl.slice('http://'.length));
    expect(second?.headers.get('x-kept')).toBe('yes');
    await other.close();
  });

  it('sends a cookie that the redirecting answer sets', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/login' ? to(303, '/home', 'set-cookie: sid=1; Path=/') : answerText(200),
    );

    await bench.client.post('/login', { form: { user: 'u' } });

    expect(bench.server.requests[1]?.headers.get('cookie')).toBe('sid=1');
  });

  it('counts a refused second hop as redirected, failed and notSent', async () => {
    await using bench = await openBench(makeEngine, () => to(302, 'http://127.0.0.1:1/'));

    const answer = await bench.client.get('/');

    expect([answer.status, answer.error]).toEqual([0, 'ECONNREFUSED']);
    expect(answer.history).toHaveLength(1);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, redirected: 1, failed: 1, notSent: 1 });
  });
});
