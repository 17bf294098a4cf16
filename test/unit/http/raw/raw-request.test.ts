import { describe, expect, it } from 'vitest';
import { RequestHead } from '../../../../src/http/exchange/exchange.ts';
import { preparedOf } from '../../../../src/http/raw/raw-request.ts';

function prepared(method: string, headers: readonly string[] = [], path = '/x', keepAlive = true) {
  return preparedOf(new RequestHead(method, 'http://h:81', path, headers), 'h:81', keepAlive);
}

describe('preparedOf', () => {
  it('makes the whole request once for each head, and again where keep-alive is another', () => {
    const head = new RequestHead('GET', 'http://h', '/x?y=1', ['accept', '*/*', 'x-a', '1']);

    const first = preparedOf(head, 'h', true);

    expect(first.bodyless).toBe(
      'GET /x?y=1 HTTP/1.1\r\nhost: h\r\nconnection: keep-alive\r\naccept: */*\r\nx-a: 1\r\n\r\n',
    );
    expect(preparedOf(head, 'h', true)).toBe(first);
    expect(preparedOf(head, 'h', false).bodyless).toContain('\r\nconnection: close\r\n');
  });

  it.each([
    ['GET', false],
    ['HEAD', false],
    ['DELETE', false],
    ['POST', true],
    ['PUT', true],
    ['PATCH', true],
  ])('says of %s without a body that its length is 0: %s', (method, isSaid) => {
    expect(prepared(method).bodyless.includes('content-length: 0\r\n')).toBe(isSaid);
  });

  it('takes host, length and close from the script, each once', () => {
    const one = prepared('POST', [
      'Host',
      'other',
      'Content-Length',
      '5',
      'Connection',
      'x, Close',
    ]);

    expect(one.lead).toBe('POST /x HTTP/1.1\r\nhost: other\r\nconnection: close\r\n');
    expect([one.givenLength, one.isLast]).toEqual([5, true]);
  });

  it.each([
    [['x a', '1'], 'invalid header key'],
    [['', '1'], 'invalid header key'],
    [['x-ä', '1'], 'invalid header key'],
    [['x-a', 'a\r\nb: 1'], 'invalid x-a header'],
    [['x-a', 'a\0'], 'invalid x-a header'],
    [['x-a', '→'], 'invalid x-a header'],
    [['host', 'a', 'Host', 'b'], 'duplicate host header'],
    [['content-length', '1', 'content-length', '1'], 'duplicate content-length header'],
    [['content-length', '-1'], 'invalid content-length header'],
    [['Transfer-Encoding', 'chunked'], 'invalid transfer-encoding header'],
    [['upgrade', 'h2c'], 'invalid upgrade header'],
    [['connection', 'a b'], 'invalid connection header'],
    [['expect', '100-continue'], 'expect header not supported'],
  ])('refuses %j: %s', (headers, problem) => {
    expect(prepared('GET', headers).problem).toBe(problem);
  });

  it.each([
    ['GE T', '/'],
    ['', '/'],
    ['CONNECT', '/'],
  ])('refuses the method %j', (method, path) => {
    expect(prepared(method, [], path).problem).toBe('invalid request method');
  });

  it.each(['', 'x', '/a b', '/a\r\nhost: x', '/→'])('refuses the path %j', (path) => {
    expect(prepared('GET', [], path).problem).toBe('invalid request path');
  });

  it('lets bytes beyond ASCII through in values', () => {
    expect(prepared('GET', ['x-a', 'caf\xe9']).problem).toBeUndefined();
  });
});
