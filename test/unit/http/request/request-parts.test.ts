import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../../src/http/exchange/http-response.ts';
import { ResponseHeaders } from '../../../../src/http/exchange/response-headers.ts';
import { Answer } from '../../../../src/http/request/answer.ts';
import { checkResult } from '../../../../src/http/request/check-result.ts';
import { cookieValues } from '../../../../src/http/request/cookie-values.ts';
import { redirectOf } from '../../../../src/http/request/redirect.ts';
import { headerLines, withoutHeaders } from '../../../../src/http/request/request-headers.ts';
import { encodeFields, withQuery } from '../../../../src/http/request/url-fields.ts';
import type { Fields } from '../../../../src/http/user/http-options.ts';
import { settingsOf } from '../../../../src/http/user/http-settings.ts';
import { followedRedirect } from '../../../support/followed-redirect.ts';

const nothing = { contentType: undefined, authorization: undefined, cookie: '' };

function answerOf(body: string): HttpResponse {
  const asked = { method: 'GET', url: 'http://h/', askedUs: 0, history: [], context: undefined };
  return new Answer(undefined, asked, Buffer.from(body));
}

describe('headerLines', () => {
  it('gives the same list to all requests that need nothing else', () => {
    expect(headerLines({}, undefined, nothing)).toBe(headerLines({}, undefined, nothing));
  });

  it('lets a request take a default away with null, and send a name twice with a list', () => {
    const lines = headerLines({}, { 'User-Agent': null, 'x-a': ['1', '2'] }, nothing);

    expect(lines).toEqual([
      'accept',
      '*/*',
      'accept-encoding',
      'gzip, deflate, br, zstd',
      'x-a',
      '1',
      'x-a',
      '2',
    ]);
  });

  it('takes Headers and pairs', () => {
    expect(headerLines({}, new Headers({ A: '1' }), nothing)).toContain('a');
    expect(headerLines({}, [['B', '2']], nothing)).toContain('B');
  });

  it('lets headers that a script gives win over those made from its options', () => {
    const lines = headerLines(
      {},
      { Cookie: 'mine=1', 'Content-Type': 'x/y', Authorization: 'B' },
      {
        contentType: 'application/json',
        authorization: 'Basic a',
        cookie: 'jar=1',
      },
    );

    expect(lines.slice(6)).toEqual([
      'Content-Type',
      'x/y',
      'Cookie',
      'mine=1',
      'Authorization',
      'B',
    ]);
  });

  it('takes names away in any case', () => {
    expect(withoutHeaders(['A', '1', 'b', '2'], new Set(['a']))).toEqual(['b', '2']);
  });
});

describe('encodeFields', () => {
  it.each([
    [
      { a: 1, b: true, c: 'x&y', d: null, e: undefined, f: [1, null, 2] },
      'a=1&b=true&c=x%26y&f=1&f=2',
    ],
    [new URLSearchParams('a=1&a=2'), 'a=1&a=2'],
    [
      [
        ['a', 1],
        ['a', 2],
      ] as const,
      'a=1&a=2',
    ],
    [{}, ''],
    ['x=1&y=a+b', 'x=1&y=a+b'],
    ['?x=1', 'x=1'],
    [{ since: new Date('2026-01-02T03:04:05Z') }, 'since=2026-01-02T03%3A04%3A05.000Z'],
  ])('encodes %j', (fields, text) => {
    expect(encodeFields(fields, 'form')).toBe(text);
  });

  it.each<[string, unknown, string]>([
    ['an object', { filter: { a: 1 } }, 'params.filter is { a: 1 }, no text, number or list'],
    ['a date that is none', { at: new Date(Number.NaN) }, 'params.at is Invalid Date'],
    ['a function', { at: () => 1 }, 'params.at is [Function: at]'],
    ['a list of texts', ['a', 'b'], 'params: a list holds pairs [name, value], found a'],
  ])('refuses %s, naming option and key', (_, fields, message) => {
    expect(() => encodeFields(fields as Fields, 'params')).toThrow(message);
  });

  it('adds to a query that is there', () => {
    expect(withQuery('/a', { b: 1 })).toBe('/a?b=1');
    expect(withQuery('/a?c', { b: 1 })).toBe('/a?c&b=1');
    expect(withQuery('/a', undefined)).toBe('/a');
  });
});

describe('a Location that is not plain', () => {
  it.each([
    ['/y?', '/y?'],
    ['/y?#s', '/y?'],
    ['/y?a', '/y?a'],
    ['/\xe4', '/%E4'],
    ['/\xe4?q=\xff', '/%E4?q=%FF'],
    [Buffer.from('/ä', 'utf8').toString('latin1'), '/%C3%A4'],
    ['/a/%2e%2e/b', '/b'],
  ])('%j leads to %s', (location, path) => {
    expect(followedRedirect(302, location, 'GET', 'http://h', '/x').path).toBe(path);
  });

  it.each([
    ['http://a:99999/', 'bad redirect'],
    ['http://[::1/', 'bad redirect'],
    ['http://', 'bad redirect'],
    ['', undefined],
    ['  ', undefined],
    ['myapp://callback', undefined],
    ['mailto:a@b', undefined],
  ])('%j is %s', (location, result) => {
    expect(redirectOf(302, location, 'GET', 'http://h', '/x')).toBe(result);
  });
});

describe('redirectOf', () => {
  it('resolves a location against the URL it came from, UTF-8 in latin1 included', () => {
    const location = Buffer.from('../ü?q#f', 'utf8').toString('latin1');

    expect(redirectOf(302, location, 'GET', 'http://h:1', '/a/b/c?x')).toMatchObject({
      method: 'GET',
      origin: 'http://h:1',
      path: '/a/%C3%BC?q',
    });
  });

  it('keeps HEAD over 303', () => {
    expect(followedRedirect(303, '/', 'HEAD', 'http://h', '/').method).toBe('HEAD');
  });

  it('counts another port as another origin', () => {
    const redirect = followedRedirect(307, 'http://h:2/', 'POST', 'http://h:1', '/');

    expect(redirect.dropped.has('authorization')).toBe(true);
    expect(redirect.dropped.has('content-type')).toBe(false);
  });
});

describe('checkResult', () => {
  it.each([
    [true, undefined],
    [false, 'check failed'],
    ['', 'check failed'],
    ['too few', 'check: too few'],
    [1, 'check: returned a number, expected true, false or a message'],
    [undefined, 'check: returned undefined, expected true, false or a message'],
    [null, 'check: returned null, expected true, false or a message'],
    [{}, 'check: returned an object, expected true, false or a message'],
  ])('takes %j as %s, at once and from a promise', async (said, verdict) => {
    // A script in JavaScript may return anything.
    const check = () => said as boolean;

    expect(checkResult(check, answerOf(''))).toBe(verdict);
    expect(await checkResult(async () => said as boolean, answerOf(''))).toBe(verdict);
  });

  it('takes what a check throws as the message, at once and from a promise', async () => {
    const verdict = 'check: no id';

    expect(
      checkResult(() => {
        throw new Error('no id\nsecond line');
      }, answerOf('')),
    ).toBe(verdict);
    expect(await checkResult(() => Promise.reject(new Error('no id')), answerOf(''))).toBe(verdict);
  });
});

describe('Answer', () => {
  it('says that an empty body is no JSON', () => {
    expect(() => answerOf('').json()).toThrow('the answer is no JSON: its body is empty');
  });

  it('drops a byte order mark', () => {
    expect(answerOf('\uFEFF{"a":1}').json()).toEqual({ a: 1 });
  });

  it('has status 0 and no phases where nothing was begun', () => {
    const answer = answerOf('');

    expect(answer.status).toBe(0);
    expect(Object.values(answer.timings)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('ResponseHeaders', () => {
  it('finds nothing that only an object would have', () => {
    const headers = new ResponseHeaders({ a: '1' });

    expect([
      headers.get('constructor'),
      headers.has('__proto__'),
      headers.getAll('toString'),
    ]).toEqual([undefined, false, []]);
  });
});

describe('cookieValues', () => {
  it('takes names and values, the last of one name, and passes over nonsense', () => {
    const lines = ['a=1; Path=/', 'b="x=y"; Secure', 'nonsense', '=none', 'a=2'];

    expect(cookieValues(lines)).toEqual({ a: '2', b: 'x=y' });
  });
});

describe('settingsOf', () => {
  it('fills in 60 s, 30 redirects and 64 MB', () => {
    expect(settingsOf({})).toMatchObject({
      maxRedirects: 30,
      limits: { timeoutSeconds: 60, maxBodyBytes: 67_108_864 },
      connection: { insecure: false, keepAlive: true, connectTimeoutSeconds: 0 },
    });
  });

  it.each([
    [{ timeout: -1 }, 'http.timeout must be a number of 0 or more, not -1'],
    [{ timeout: Number.NaN }, 'http.timeout must be a number of 0 or more, not NaN'],
    [{ insecure: 'yes' }, 'http.insecure must be true or false'],
    [{ ca: 5 }, 'http.ca must be PEM, as text or bytes'],
    [{ proxy: 'socks5://p' }, 'http.proxy expected http://host:port'],
    [{ dns: 'never' }, "http.dns must be 'user' or 'run'"],
    [{ connectTo: ['a:1'] }, 'http.connectTo expected HOST:PORT:HOST2:PORT2, not a:1'],
    [{ localAddress: 'eth0' }, 'http.localAddress must be an IP address, not eth0'],
    [{ keepAliveIdle: 0 }, 'http.keepAliveIdle must be a number above 0, not 0'],
    [{ http3: true }, 'http.http3 is no option of this version'],
  ])('refuses %j', (options, message) => {
    // What a script in JavaScript may say.
    expect(() => settingsOf(options as object)).toThrow(message);
  });
});
