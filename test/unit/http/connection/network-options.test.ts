import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { NameCache } from '../../../../src/http/connection/name-cache.ts';
import { endpointOf } from '../../../../src/http/exchange/endpoint.ts';
import { proxyFor, proxyProblem } from '../../../../src/http/exchange/proxy-rules.ts';
import { connectToProblem, parseConnectTo } from '../../../../src/http/user/connect-to.ts';

describe('parseConnectTo', () => {
  it.each([
    ['a.b:80:c:81', { host: 'a.b', port: 80, toHost: 'c', toPort: 81 }],
    ['A:443::', { host: 'a', port: 443, toHost: '', toPort: 0 }],
    ['::10.0.0.1:', { host: '', port: 0, toHost: '10.0.0.1', toPort: 0 }],
    ['[::1]:80:[fe80::1]:81', { host: '::1', port: 80, toHost: 'fe80::1', toPort: 81 }],
  ])('reads %s', (text, rule) => {
    expect(connectToProblem(text)).toBeUndefined();
    expect(parseConnectTo(text)).toEqual(rule);
  });

  it.each(['', 'a', 'a:80', 'a:80:b', 'a:80:b:c', 'a:80:b:99999', '::1:80:b:81', 'a:80:b:81:'])(
    'refuses %j',
    (text) => {
      expect(connectToProblem(text)).toBe('expected HOST:PORT:HOST2:PORT2');
    },
  );
});

/** What curl and Python's requests make of an entry of NO_PROXY: [entry, host, is asked directly]. */
const NO_PROXY: readonly (readonly [string, string, boolean])[] = [
  ['example.com', 'http://example.com', true],
  ['example.com', 'http://www.example.com', true],
  ['.example.com', 'http://www.example.com', true],
  ['.example.com', 'http://example.com', true],
  ['*.example.com', 'http://www.example.com', true],
  ['EXAMPLE.com', 'http://example.com', true],
  ['example.com.', 'http://example.com', true],
  ['example.com', 'http://example.com.', true],
  [' example.com ', 'http://example.com', true],
  ['example.com', 'http://notexample.com', false],
  ['example.com', 'http://example.com.evil', false],
  ['www.example.com', 'http://example.com', false],
  ['example.com:80', 'http://example.com', true],
  ['example.com:8080', 'http://example.com', false],
  ['*', 'http://anything', true],
  ['127.1.2.3', 'http://127.1.2.3', true],
  ['1.2.3', 'http://127.1.2.3', false],
  ['127.1.2.0/24', 'http://127.1.2.200', true],
  ['127.1.2.0/24', 'http://127.1.3.1', false],
  ['127.0.0.0/8', 'http://127.255.0.1', true],
  ['0.0.0.0/0', 'http://8.8.8.8', true],
  ['10.0.0.0/8', 'http://ten.example', false],
  ['10.0.0.0/33', 'http://10.0.0.1', false],
  ['::1', 'http://[::1]:8080', true],
  ['[::1]', 'http://[::1]', true],
  ['[::1]:81', 'http://[::1]:82', false],
  ['fd00::/8', 'http://[fd12::1]', true],
  ['fd00::/8', 'http://[fe80::1]', false],
  ['[fd00::]/8', 'http://[fd12::1]', true],
  ['10.0.0.0/8', 'http://[::1]', false],
  ['', 'http://example.com', false],
];

describe('an entry of NO_PROXY', () => {
  it.each(NO_PROXY)('%o with %s: asked directly %s', (entry, origin, isDirect) => {
    const chosen = proxyFor({ http: 'http://p:1', except: [entry] }, endpointOf(origin));

    expect(chosen === undefined).toBe(isDirect);
  });
});

describe('proxyFor', () => {
  const rules = { http: 'http://p:1', except: ['example.org', '.inner.net', 'one:8080', '::1'] };

  it.each([
    ['http://any.com', true],
    ['http://example.org', false],
    ['http://www.example.org', false],
    ['http://myexample.org', true],
    ['http://a.inner.net', false],
    ['http://one:8080', false],
    ['http://one', true],
    ['http://[::1]:99', false],
    ['https://any.com', false],
  ])('goes through the proxy to %s: %s', (origin, isProxied) => {
    expect(proxyFor(rules, endpointOf(origin)) !== undefined).toBe(isProxied);
  });

  it('goes round it for all hosts with *, and without rules', () => {
    expect(proxyFor({ http: 'http://p:1', except: ['*'] }, endpointOf('http://a'))).toBeUndefined();
    expect(proxyFor(undefined, endpointOf('http://a'))).toBeUndefined();
  });

  it('takes user and password out of the URL', () => {
    const chosen = proxyFor({ http: 'http://a:b%20c@p:1/', except: [] }, endpointOf('http://x'));

    expect(chosen).toEqual({ origin: 'http://p:1', authorization: `Basic ${btoa('a:b c')}` });
  });

  it.each(['', 'p:1', 'socks5://p:1', 'https://p:1', 'http://%zz@p'])(
    'refuses %j as a proxy',
    (text) => {
      expect(proxyProblem(text)).toBeDefined();
    },
  );
});

describe('NameCache', () => {
  const asked: string[] = [];
  let answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void = () =>
    undefined;

  function names(): NameCache {
    asked.length = 0;
    return new NameCache((hostname, _options, callback) => {
      asked.push(hostname);
      answer = callback;
    });
  }

  it('asks the system once for 3 at once, and not again', () => {
    const cache = names();
    const heard: unknown[] = [];
    const hear = (_error: unknown, address: unknown): void => void heard.push(address);

    for (let index = 0; index < 2; index++) cache.lookup('h', {}, hear);
    cache.lookup('h', { all: true }, hear);
    answer(null, [{ address: '10.0.0.1', family: 4 }]);
    cache.lookup('h', {}, hear);

    expect(asked).toEqual(['h']);
    expect(heard).toEqual([
      '10.0.0.1',
      '10.0.0.1',
      [{ address: '10.0.0.1', family: 4 }],
      '10.0.0.1',
    ]);
  });

  it('does not keep a failure', () => {
    const cache = names();
    const codes: unknown[] = [];
    const hear = (error: NodeJS.ErrnoException | null): void => void codes.push(error?.code);

    cache.lookup('h', {}, hear);
    answer(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), []);
    cache.lookup('h', {}, hear);
    answer(null, []);

    expect(asked).toEqual(['h', 'h']);
    expect(codes).toEqual(['EAI_AGAIN', 'ENOTFOUND']);
  });
});
