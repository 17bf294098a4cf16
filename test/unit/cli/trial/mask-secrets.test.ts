import { describe, expect, it } from 'vitest';
import { maskedBody, maskedHeader, maskedUrl } from '../../../../src/cli/trial/mask-secrets.ts';

describe('maskedHeader', () => {
  it.each([
    ['Authorization', 'Bearer abc.def', 'Bearer ***'],
    ['authorization', 'Basic dXNlcg==', 'Basic ***'],
    ['Authorization', 'abcdef', '***'],
    ['Proxy-Authorization', 'Digest username="x", response="y"', 'Digest ***'],
    ['Cookie', 'sid=abc; theme=dark', 'sid=***; theme=***'],
    ['cookie', 'nonsense', '***'],
    ['Set-Cookie', 'sid=abc; Path=/; HttpOnly', 'sid=***; Path=/; HttpOnly'],
    ['x-api-key', 'abc', '***'],
    ['X-Auth-Token', 'abc', '***'],
    ['X-CSRFToken', 'abc', '***'],
    [
      'Location',
      'http://u:p@h.test/?a=1&access_token=abc#x',
      'http://***@h.test/?a=1&access_token=***#x',
    ],
    ['Referer', '/next?password=a%20b', '/next?password=***'],
    ['content-type', 'text/html; charset=utf-8', 'text/html; charset=utf-8'],
    ['cache-control', 'max-age=0', 'max-age=0'],
  ])('shows %s: %s as %s', (name, value, expected) => {
    expect(maskedHeader(name, value)).toBe(expected);
  });
});

describe('maskedUrl', () => {
  it.each([
    ['http://h.test/a?token=abc', 'http://h.test/a?token=***'],
    ['/a?key=abc&b=c', '/a?key=***&b=c'],
    ['/a?b=c&client_secret=x;y', '/a?b=c&client_secret=***;y'],
    ['/a?PASSWORD=x', '/a?PASSWORD=***'],
    ['/a?api%5Fkey=x', '/a?api%5Fkey=***'],
    ['/a?sig=x&X-Amz-Signature=y', '/a?sig=***&X-Amz-Signature=***'],
    ['/a?monkey=banana&keyboard=de', '/a?monkey=banana&keyboard=de'],
    ['/a?%=b&token', '/a?%=b&token'],
  ])('shows %s as %s', (url, expected) => {
    expect(maskedUrl(url)).toBe(expected);
  });
});

describe('maskedBody', () => {
  it.each([
    ['user=u&password=p', 'user=u&password=***'],
    ['{"user":"u","password":"p\\"q","n":1}', '{"user":"u","password":"***","n":1}'],
    ['{"api_key" : 12345}', '{"api_key" : "***"}'],
    ['{"accessToken":"cut off he', '{"accessToken":"***"'],
    ['plain text', 'plain text'],
  ])('shows %s as %s', (body, expected) => {
    expect(maskedBody(body)).toBe(expected);
  });

  it('takes its time for no text', () => {
    const hostile = `"${'\\'.repeat(4000)}`;

    expect(maskedBody(hostile)).toBe(hostile);
  });
});
