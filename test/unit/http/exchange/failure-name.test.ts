import { describe, expect, it } from 'vitest';
import { failureName, shortText } from '../../../../src/http/exchange/failure-name.ts';
import { RequestBodyError } from '../../../../src/http/exchange/http-errors.ts';

const coded = (code: string, message = 'at 127.0.0.1:8000', name = 'Error'): Error =>
  Object.assign(new Error(message), { code, name });

describe('failureName', () => {
  it.each([
    ['ECONNREFUSED', 'ECONNREFUSED'],
    ['ENOTFOUND', 'ENOTFOUND'],
    ['EAI_AGAIN', 'EAI_AGAIN'],
    ['EPIPE', 'ECONNRESET'],
    ['EADDRNOTAVAIL', 'EADDRNOTAVAIL'],
    ['UND_ERR_SOCKET', 'ECONNRESET'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET'],
    ['UND_ERR_HEADERS_OVERFLOW', 'bad response: headers over 64 kB'],
    ['EPROTO', 'TLS: EPROTO'],
    ['CERT_HAS_EXPIRED', 'TLS: CERT_HAS_EXPIRED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS: ERR_TLS_CERT_ALTNAME_INVALID'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS: ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('names %s %s, without address and port', (code, name) => {
    expect(failureName(coded(code))).toBe(name);
  });

  it('names what the parser did not understand by its reason', () => {
    const error = coded('HPE_X', 'Response does not match (Expected HTTP/)', 'HTTPParserError');

    expect(failureName(error)).toBe('bad response: Expected HTTP/');
  });

  it('names an end within an answer as a reset', () => {
    const error = coded('', 'Response does not match (Invalid EOF state)', 'HTTPParserError');

    expect(failureName(error)).toBe('ECONNRESET');
  });

  it('names unasked-for bytes and upgrades as a bad response', () => {
    expect(failureName(coded('UND_ERR_SOCKET', 'bad upgrade'))).toBe('bad response: unexpected');
  });

  it('takes over the first line of a body error', () => {
    expect(failureName(new RequestBodyError('no file\nat x'))).toBe('bad body: no file');
  });

  it.each([[new Error('odd')], ['odd']])('has a name for anything thrown', (thrown) => {
    expect(failureName(thrown)).toBe('error: odd');
  });
});

describe('shortText', () => {
  it('keeps 120 characters of the first line', () => {
    expect(shortText('one\ntwo')).toBe('one');
    expect(shortText('x'.repeat(500))).toBe(`${'x'.repeat(120)}…`);
  });
});
