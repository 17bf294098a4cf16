import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScriptError } from '../../../../src/base/errors.ts';
import {
  CookieStore,
  MAX_COOKIES,
  MAX_COOKIES_PER_DOMAIN,
} from '../../../../src/http/user/cookie-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ProcessClock } from '../../../support/process-clock.ts';

function openStore() {
  const clock = new FakeClock(0);
  return { clock, cookies: new CookieStore(clock, 'http://shop.test:8000/') };
}

describe('CookieStore', () => {
  it('has no header before a cookie is set', () => {
    expect(openStore().cookies.headerFor('http://shop.test:8000', '/')).toBe('');
  });

  it('sends what a server set to its paths only, on any port', () => {
    const { cookies } = openStore();
    cookies.store('http://shop.test:8000', '/login?x=1', ['a=1; Path=/', 'b=2; Path=/cart']);

    expect(cookies.headerFor('http://shop.test:8000', '/cart/7?q=1')).toBe('b=2; a=1');
    expect(cookies.headerFor('http://shop.test:9000', '/')).toBe('a=1');
    expect(cookies.headerFor('http://other.test', '/')).toBe('');
  });

  it('takes cookies of localhost and of addresses', () => {
    const { cookies } = openStore();
    cookies.store('http://localhost:1', '/', ['a=1']);
    cookies.store('http://127.0.0.1:1', '/', ['b=2']);

    expect(cookies.headerFor('http://localhost:1', '/')).toBe('a=1');
    expect(cookies.headerFor('http://127.0.0.1:1', '/')).toBe('b=2');
  });

  it('keeps a Secure cookie from http, and leaves out what it may not take', () => {
    const { cookies } = openStore();
    cookies.store('https://shop.test', '/', ['s=1; Secure', 'x=1; Domain=evil.test', '']);

    expect(cookies.headerFor('https://shop.test', '/')).toBe('s=1');
    expect(cookies.headerFor('http://shop.test', '/')).toBe('');
  });

  it('gives, sets and clears for the script', () => {
    const { cookies } = openStore();
    cookies.set('a', '1');
    cookies.set('b', '2', { url: 'http://other.test', path: '/x' });

    expect([cookies.get('a'), cookies.get('b')]).toEqual(['1', undefined]);
    expect(cookies.get('b', 'http://other.test/x/y')).toBe('2');
    cookies.clear();
    expect(cookies.headerFor('http://shop.test', '/')).toBe('');
  });

  it('changes the header it keeps when a cookie changes or is deleted', () => {
    const { cookies } = openStore();
    const header = (): string => cookies.headerFor('http://shop.test', '/');

    cookies.store('http://shop.test', '/', ['a=1']);
    expect(header()).toBe('a=1');
    cookies.store('http://shop.test', '/', ['a=2']);
    expect(header()).toBe('a=2');
    cookies.store('http://shop.test', '/', ['a=; Max-Age=0']);
    expect(header()).toBe('');
  });

  it.each(['/%E0%A4%A', '/%zz', '/;', '//', `/${'a/'.repeat(2000)}`])(
    'throws for no path and no line that a server may send: %s',
    (path) => {
      const { cookies } = openStore();
      const lines = ['=', ';;;', 'a=\u0000', 'b=1; Domain=..', 'c=1; Expires=never', '%=%', 'd=1'];

      cookies.store('http://h.test', path, lines);

      expect(typeof cookies.headerFor('http://h.test', path)).toBe('string');
    },
  );

  it('lets cookies age by the monotonic clock, wherever the wall clock jumps', async () => {
    const inner = new FakeClock();
    const clock = new ProcessClock(inner);
    const cookies = new CookieStore(clock, 'http://shop.test/');
    const expires = new Date(clock.epochMs() + 120_000).toUTCString();
    cookies.store('http://shop.test', '/', [
      'a=1; Max-Age=60',
      `b=2; Expires=${expires}`,
      'c=3',
      'd=4; Max-Age=0',
    ]);
    expect(cookies.headerFor('http://shop.test', '/')).toBe('a=1; b=2; c=3');
    clock.wallOffsetMs = 7 * 3_600_000;
    expect(cookies.headerFor('http://shop.test', '/')).toBe('a=1; b=2; c=3');
    expect(cookies.get('a')).toBe('1');
    await inner.advance(61_000);
    expect(cookies.headerFor('http://shop.test', '/')).toBe('b=2; c=3');
    clock.wallOffsetMs = -7 * 3_600_000;
    await inner.advance(60_000);
    expect(cookies.headerFor('http://shop.test', '/')).toBe('c=3');
    expect(cookies.get('b')).toBeUndefined();
  });

  it('throws for no line and no path at all', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, fc.webPath(), (line, path) => {
        const { cookies } = openStore();

        cookies.store('http://h.test', path === '' ? '/' : path, [line, 'a=1']);

        expect(cookies.headerFor('http://h.test', '/')).toBeTypeOf('string');
      }),
      { numRuns: 200 },
    );
  });
});

describe('a server that sets cookies without end', () => {
  it('has 180 of them kept for its domain, those set last', () => {
    const store = new CookieStore(new FakeClock(), 'http://shop.example');
    for (let answer = 0; answer < 50; answer += 1) {
      const lines = Array.from({ length: 500 }, (_, at) => `c${answer}-${at}=v; Path=/`);
      store.store('http://shop.example', '/', lines);
    }
    const names = namesIn(store.headerFor('http://shop.example', '/'));
    expect(names).toHaveLength(MAX_COOKIES_PER_DOMAIN);
    expect(new Set(names)).toEqual(
      new Set(Array.from({ length: MAX_COOKIES_PER_DOMAIN }, (_, at) => `c49-${at + 320}`)),
    );
  });

  it('has at most 20 more kept where they come one at a time, and 3,000 of all domains', () => {
    const store = new CookieStore(new FakeClock(), 'http://shop.example');
    for (let at = 0; at < 1000; at += 1) store.store('http://shop.example', '/', [`c${at}=v`]);
    const { length } = namesIn(store.headerFor('http://shop.example', '/'));
    expect(length).toBeGreaterThanOrEqual(MAX_COOKIES_PER_DOMAIN);
    expect(length).toBeLessThan(MAX_COOKIES_PER_DOMAIN + 20);
    for (let host = 0; host < 40; host += 1) {
      const lines = Array.from({ length: 180 }, (_, at) => `c${at}=v; Path=/`);
      store.store(`http://h${host}.example`, '/', lines);
    }
    const hosts = Array.from({ length: 40 }, (_, host) => `http://h${host}.example`);
    const kept = hosts.flatMap((host) => namesIn(store.headerFor(host, '/')));
    expect(kept).toHaveLength(MAX_COOKIES);
    expect(store.headerFor('http://shop.example', '/')).toBe('');
  });

  it('has those longer than 4,096 bytes left out, as the standard says', () => {
    const store = new CookieStore(new FakeClock(), 'http://shop.example');
    store.store('http://shop.example', '/', [`a=${'v'.repeat(4094)}`, `b=${'v'.repeat(4095)}`]);
    expect(namesIn(store.headerFor('http://shop.example', '/'))).toEqual(['a']);
  });
});

describe('cookies without a name (RFC 6265bis 5.6 and 5.7)', () => {
  it.each([
    [['a=b', '=', 'c=d'], 'a=b; c=d'],
    [['=foo=bar', 'aaa'], 'aaa'],
    [['', ' ', ';', '; Path=/'], ''],
    [['=value'], 'value'],
    [['=__Secure-x', '__Host-y', 'a=1'], 'a=1'],
    [['a=', 'b=x=y'], 'a=; b=x=y'],
  ])('%j are sent as %o', (lines, header) => {
    const { cookies } = openStore();

    cookies.store('http://shop.test', '/', lines);

    expect(cookies.headerFor('http://shop.test', '/')).toBe(header);
  });
});

describe('paths of cookies (RFC 6265bis 5.1.4)', () => {
  it.each([
    ['/a%20b', '/a%20b/k', true],
    ['/a%20b', '/a%20b', true],
    ['/x y', '/x%20y', false],
    ['/a%2Fb', '/a/b', false],
    ['/a%2Fb', '/a%2Fb/c', true],
    ['/ä', '/%C3%A4', false],
    ['/a', '/ab', false],
    ['/a/', '/a', false],
  ])('a cookie of %s and a request for %s: sent %s', (path, asked, isSent) => {
    const { cookies } = openStore();

    cookies.store('http://shop.test', '/', [`s=1; Path=${path}`]);

    expect(cookies.headerFor('http://shop.test', asked)).toBe(isSent ? 's=1' : '');
  });

  it('takes the folder of the request as it was sent where the server names none', () => {
    const { cookies } = openStore();

    cookies.store('http://shop.test', '/a%20b/login', ['s=1']);

    expect(cookies.headerFor('http://shop.test', '/a%20b/k')).toBe('s=1');
    expect(cookies.headerFor('http://shop.test', '/k')).toBe('');
  });
});

describe('what a script sets', () => {
  it.each([
    ['a', 'x;y=2', {}],
    ['', 'v', {}],
    ['a', 'x\ny', {}],
    ['a b', 'v', {}],
    ['a=b', 'v', {}],
    ['a', '価', {}],
    ['a', 'v', { path: 'no-slash' }],
    ['a', 'v', { path: '/;x' }],
    ['a', 'v', { domain: 'other.test' }],
  ])('is refused where no server could: %o = %o', (name, value, options) => {
    const { cookies } = openStore();

    expect(() => cookies.set(name, value, options)).toThrow(ScriptError);
    expect(cookies.headerFor('http://shop.test:8000', '/')).toBe('');
  });

  it('is deleted by its name, and no other', () => {
    const { cookies } = openStore();
    cookies.set('a', '1');
    cookies.set('b', '2');
    cookies.set('a', '3', { url: 'http://other.test' });

    cookies.delete('a');

    expect(cookies.headerFor('http://shop.test:8000', '/')).toBe('b=2');
    expect(cookies.get('a', 'http://other.test')).toBe('3');
  });
});

function namesIn(header: string): readonly string[] {
  return header === '' ? [] : header.split('; ').map((pair) => pair.split('=', 1)[0] ?? '');
}
