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
