import { describe, expect, it } from 'vitest';
import { failureHint } from '../../../src/report/failure-hints.ts';

const HTTP = { host: 'http://shop:443', hasSuccesses: false };
const HTTPS = { host: 'https://shop', hasSuccesses: false };

describe('failureHint', () => {
  it.each([
    ['TLS: DEPTH_ZERO_SELF_SIGNED_CERT', HTTPS, /--ca FILE .* --insecure/],
    ['TLS: ERR_TLS_CERT_ALTNAME_INVALID', HTTPS, /another name/],
    ['TLS: CERT_HAS_EXPIRED', HTTPS, /expired/],
    ['TLS: ERR_SSL_WRONG_VERSION_NUMBER', HTTPS, /does not speak TLS: http:\/\/\?$/],
    ['ECONNRESET', HTTP, /may speak TLS: https:\/\/\?$/],
    ['ECONNREFUSED', HTTP, /is the server running, and is -H right\?$/],
    ['ENOTFOUND', HTTPS, /no such host: is -H right\?$/],
  ])('says what to do about %s', (error, place, hint) => {
    expect(failureHint(error, place)).toMatch(hint);
  });

  it.each([
    ['HTTP 503', HTTP],
    ['ECONNRESET', HTTPS],
    ['ECONNRESET', { ...HTTP, hasSuccesses: true }],
    ['ECONNREFUSED', { ...HTTP, hasSuccesses: true }],
    ['constructor', HTTP],
  ])('says nothing about %s at %o', (error, place) => {
    expect(failureHint(error, place)).toBeUndefined();
  });
});
