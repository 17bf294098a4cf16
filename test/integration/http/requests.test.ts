import { Readable } from 'node:stream';
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../../src/base/version.ts';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { answerText, type WireRequest } from '../../support/wire-server.ts';

/** Answers with what came. */
function echo(request: WireRequest): string {
  const headers = Object.fromEntries(request.headers);
  const { method, path, body } = request;
  return answerText(200, JSON.stringify({ method, path, headers, body: body.toString() }));
}

function encoded(body: Buffer, encoding: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

describe.each(ENGINES)('what goes out (%s)', (_engine, makeEngine) => {
  it.each(['get', 'post', 'put', 'patch', 'delete', 'options'] as const)(
    'sends %s',
    async (method) => {
      await using bench = await openBench(makeEngine, echo);

      const answer = await bench.client[method]('/path?a=1');

      expect(answer.json()).toMatchObject({ method: method.toUpperCase(), path: '/path?a=1' });
      expect(bench.sink.last()).toMatchObject({ method: method.toUpperCase(), name: '/path?a=1' });
    },
  );

  it.each([
    ['purge', 'purge'],
    ['Get', 'GET'],
    ['M-SEARCH', 'M-SEARCH'],
  ])('sends the method %s as %s', async (given, sent) => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'ok'));

    await bench.client.request(given, '/');

    expect(bench.server.requests[0]?.method).toBe(sent);
    expect(bench.sink.last().method).toBe(sent);
  });

  it('keeps the boundary of a form where the script gives its type without one', async () => {
    await using bench = await openBench(makeEngine, echo);
    const body = new FormData();
    body.set('a', '1');

    const answer = await bench.client.post('/', {
      body,
      headers: { 'Content-Type': 'multipart/form-data' },
    });

    const { headers, body: sent } = answer.json();
    const [, boundary] =
      /^multipart\/form-data; ?boundary=(.+)$/.exec(
        headers['content-type'] ?? headers['Content-Type'],
      ) ?? [];
    expect(sent).toContain(`--${boundary}`);
  });

  it.each([
    ['/y?', '/y?'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%2E/b', '/a/b'],
    ['/a/.b', '/a/.b'],
    ['/a%2eb', '/a%2eb'],
    ['?', '/?'],
  ])('asks for %s as %s', async (given, sent) => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'ok'));

    await bench.client.get(given);

    expect(bench.server.requests[0]?.path).toBe(sent);
  });

  it('takes space around a URL as none of it', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'ok'));

    await bench.client.get(` ${bench.baseUrl}/x\n`);

    expect(bench.server.requests[0]?.path).toBe('/x');
  });

  it('sends every line of a header that comes several times in a list of pairs', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'ok'));
    bench.client.headers['x-a'] = 'session';

    await bench.client.get('/', {
      headers: [
        ['X-A', '1'],
        ['x-b', '3'],
        ['X-A', '2'],
      ],
    });

    expect(bench.server.requests[0]?.headers.get('x-a')).toBe('1, 2');
    expect(bench.server.requests[0]?.headers.get('x-b')).toBe('3');
  });

  it('fails at the head of an answer whose body is announced as too long', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n';
    await using bench = await openBench(makeEngine, () => head);

    const answer = await bench.client.get('/', { timeout: 30 });

    expect(answer.error).toBe('body over 64 MB');
    expect((await bench.client.head('/')).error).toBeUndefined();
  });

  it('adds params to the query and leaves them out of the name', async () => {
    await using bench = await openBench(makeEngine, echo);

    const answer = await bench.client.get('/s?x=1', {
      params: { q: 'a b', n: [1, 2], no: undefined },
    });

    expect(answer.json().path).toBe('/s?x=1&q=a+b&n=1&n=2');
    expect(bench.sink.last().name).toBe('/s?x=1');
  });

  it('sends defaults, which headers of the session and then of the request replace in any case', async () => {
    await using bench = await openBench(makeEngine, echo);
    Object.assign(bench.client.headers, { Accept: 'text/html', 'x-both': 'session' });

    const answer = await bench.client.get('/', { headers: { 'X-Both': 'request', 'x-n': 7 } });

    expect(answer.json().headers).toMatchObject({
      accept: 'text/html',
      'accept-encoding': 'gzip, deflate, br, zstd',
      'user-agent': `katydid/${VERSION}`,
      'x-both': 'request',
      'x-n': '7',
    });
  });

  it.each([
    ['json', { json: { a: [1] } }, '{"a":[1]}', 'application/json'],
    [
      'form',
      { form: { a: 'x y', b: 2 } },
      'a=x+y&b=2',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
    ['text', { body: 'grüß' }, 'grüß', undefined],
    ['bytes', { body: new Uint8Array([65, 66]) }, 'AB', undefined],
    ['an ArrayBuffer', { body: new Uint8Array([67]).buffer }, 'C', undefined],
    [
      'URLSearchParams',
      { body: new URLSearchParams({ a: '1' }) },
      'a=1',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
    ['a Blob', { body: new Blob(['blob'], { type: 'text/x' }) }, 'blob', 'text/x'],
    ['a stream', { body: Readable.from(['one', 'two']) }, 'onetwo', undefined],
    ['an empty stream', { body: Readable.from([]) }, '', undefined],
    ['a web stream', { body: new Blob(['web']).stream() }, 'web', undefined],
  ])('sends %s', async (_kind, options, body, contentType) => {
    await using bench = await openBench(makeEngine, echo);

    const answer = await bench.client.post('/', options);

    expect(answer.json().body).toBe(body);
    expect(answer.json().headers['content-type']).toBe(contentType);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1 });
  });

  it('sends FormData as multipart with a file', async () => {
    await using bench = await openBench(makeEngine, echo);
    const body = new FormData();
    body.set('field', 'value');
    body.set('file', new Blob(['content']), 'name.txt');

    const answer = await bench.client.post('/', { body });

    expect(answer.json().headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(answer.json().headers['content-length']).toBe(String(answer.json().body.length));
    expect(answer.json().body).toMatch(/name="field"\r\n\r\nvalue\r\n/);
    expect(answer.json().body).toMatch(/filename="name.txt"\r\n.*\r\n\r\ncontent\r\n/);
  });

  it('sends auth as HTTP Basic, from the option and from the URL', async () => {
    await using bench = await openBench(makeEngine, echo);

    const option = await bench.client.get('/', { auth: ['me', 'gehäuse'] });
    const url = await bench.client.get(bench.baseUrl.replace('//', '//u:p%40@'));

    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(option.json().headers.authorization).toBe(basic('me:gehäuse'));
    expect(url.json().headers.authorization).toBe(basic('u:p@'));
  });

  it('names requests by option, by answer, by requestName and by renameRequest', async () => {
    await using bench = await openBench(makeEngine, echo);

    await bench.client.get('/1', { name: '/n' });
    await bench.client.get('/2', { name: (answer) => `got ${answer.status}` });
    await bench.client.get('/3', { name: (answer) => answer.json().missing.deep });
    bench.client.requestName = 'group';
    await bench.client.get('/4');
    await bench.client.renameRequest('inner', () => bench.client.get('/5'));
    await bench.client.get('/6');
    bench.client.requestName = undefined;
    await bench.client.get(`${bench.baseUrl}/7`);

    const names = bench.sink.requests.map((request) => request.name);
    expect(names).toEqual(['/n', 'got 200', '/3', 'group', 'inner', 'group', `${bench.baseUrl}/7`]);
  });

  it('extends to another base URL with more headers, on the same connections and cookies', async () => {
    await using bench = await openBench(makeEngine, echo);
    bench.client.headers['x-a'] = '1';
    bench.client.cookies.set('k', 'v');
    const other = bench.client.extend({
      baseUrl: `${bench.baseUrl}/api/`,
      headers: { 'x-b': '2' },
    });

    await bench.client.get('/');
    const answer = await other.get('/users');

    expect(answer.json()).toMatchObject({
      path: '/api/users',
      headers: { 'x-a': '1', 'x-b': '2', cookie: 'k=v' },
    });
    expect(bench.sink.last().name).toBe('/users');
    expect(bench.server.sockets).toHaveLength(1);
  });
});

describe.each(ENGINES)('what comes back (%s)', (_engine, makeEngine) => {
  it('gives status, headers in any case, text, bytes, url and the time', async () => {
    const reply = answerText(200, 'grüß', ['X-Many: 1', 'x-many: 2', 'Content-Type: text/plain']);
    await using bench = await openBench(makeEngine, () => reply);

    const answer = await bench.client.get('/p');

    expect(answer.headers.get('x-MANY')).toBe('1, 2');
    expect(answer.headers.getAll('X-Many')).toEqual(['1', '2']);
    expect([...answer.headers]).toContainEqual(['content-type', 'text/plain']);
    expect([answer.text(), answer.bytes().length]).toEqual(['grüß', 6]);
    expect(answer.url).toBe(`${bench.baseUrl}/p`);
    expect(answer.request).toEqual({ method: 'GET', url: `${bench.baseUrl}/p` });
    expect(answer.time).toBe(bench.sink.last().responseUs / 1000);
  });

  it('decodes text by the charset of the answer', async () => {
    const head =
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset="latin1"\r\ncontent-length: 3\r\n\r\n';
    const reply = Buffer.concat([Buffer.from(head), Buffer.from([0x67, 0xfc, 0xdf])]);
    await using bench = await openBench(makeEngine, () => reply);

    expect((await bench.client.get('/')).text()).toBe('güß');
  });

  it.each([
    ['gzip', gzipSync('hello')],
    ['x-gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['deflate', deflateRawSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['zstd', zstdCompressSync('hello')],
    ['gzip, br', brotliCompressSync(gzipSync('hello'))],
    ['identity', Buffer.from('hello')],
  ])('takes %s off', async (encoding, body) => {
    await using bench = await openBench(makeEngine, () => encoded(body, encoding));

    const answer = await bench.client.get('/');

    expect([answer.ok, answer.text()]).toEqual([true, 'hello']);
    expect(bench.sink.last().contentBytes).toBe(5);
  });

  it.each(['gzip', 'deflate', 'br'])('fails broken %s with its status', async (encoding) => {
    await using bench = await openBench(makeEngine, () =>
      encoded(Buffer.from('nonsense'), encoding),
    );

    const answer = await bench.client.get('/');

    expect([answer.status, answer.error]).toEqual([200, `bad response: ${encoding}`]);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, failed: 1 });
  });

  it('fails 10 MB packed into 10 kB where maxBody is 1 MB', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
    await using bench = await openBench(makeEngine, () => encoded(bomb, 'gzip'), {
      maxBody: 1024 * 1024,
    });

    expect((await bench.client.get('/')).error).toBe('body over 1 MB');
  });

  it('counts 400 and more as failures unless the check says otherwise', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      answerText(Number(path.slice(1))),
    );

    const errors: (string | undefined)[] = [];
    for (const status of [200, 399, 400, 404, 503]) {
      errors.push((await bench.client.get(`/${status}`)).error);
    }
    const expected = await bench.client.get('/404', { check: (answer) => answer.status === 404 });

    expect(errors).toEqual([undefined, undefined, 'HTTP 400', 'HTTP 404', 'HTTP 503']);
    expect([expected.ok, expected.error]).toEqual([true, undefined]);
    expect(() => expected.raiseForStatus()).not.toThrow();
  });

  it('awaits a check, records what it said, and raiseForStatus() throws without counting again', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, '{"ok":false}'));

    const answer = await bench.client.get('/', {
      check: async (response) => response.json().ok === true || 'not ok',
    });

    expect([answer.ok, answer.error]).toEqual([false, 'check: not ok']);
    expect(() => answer.raiseForStatus()).toThrow(
      expect.objectContaining({ code: 'KAT_RESPONSE' }),
    );
    expect(bench.sink.requests).toHaveLength(1);
  });

  it('does not call the check where no whole answer came', async () => {
    await using bench = await openBench(makeEngine, () => (socket) => socket.end());
    let calls = 0;

    await bench.client.get('/', { check: () => ++calls > 0 });

    expect(calls).toBe(0);
  });

  it('lets a check make a request of its own', async () => {
    await using bench = await openBench(makeEngine, echo);

    const answer = await bench.client.get('/outer', {
      check: async () => (await bench.client.get('/inner')).ok,
    });

    expect(answer.ok).toBe(true);
    expect(bench.sink.requests.map((request) => request.name)).toEqual(['/inner', '/outer']);
    expect(bench.server.sockets).toHaveLength(1);
  });

  it('says with which text an answer that is no JSON begins', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, '<html>'));

    const answer = await bench.client.get('/');

    expect(() => answer.json()).toThrow(
      new SyntaxError('the answer is no JSON: it begins "<html>"'),
    );
  });

  it('keeps cookies of a user apart from those of another, and sends them back', async () => {
    await using bench = await openBench(makeEngine, (request) =>
      request.path === '/login'
        ? answerText(200, '', ['set-cookie: sid=abc; Path=/; HttpOnly', 'set-cookie: sid2="q"'])
        : echo(request),
    );

    const login = await bench.client.post('/login');
    const mine = await bench.client.get('/');
    const other = await bench.user().get('/');
    bench.client.cookies.clear();
    const cleared = await bench.client.get('/');

    expect(login.cookies).toEqual({ sid: 'abc', sid2: 'q' });
    expect(mine.json().headers.cookie).toMatch(/sid=abc/);
    expect(other.json().headers.cookie).toBeUndefined();
    expect(cleared.json().headers.cookie).toBeUndefined();
  });
});
