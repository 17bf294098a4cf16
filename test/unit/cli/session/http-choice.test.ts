import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { HttpClientOptions } from '../../../../src/cli/options/table/option-values.ts';
import { httpChoiceOf } from '../../../../src/cli/session/http-choice.ts';
import { settingsOf } from '../../../../src/http/user/http-settings.ts';

const NOTHING: HttpClientOptions = {
  httpEngine: 'auto',
  timeoutSeconds: undefined,
  connectTimeoutSeconds: undefined,
  maxRedirects: undefined,
  maxBodyBytes: undefined,
  insecure: false,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
  http2: false,
  proxy: undefined,
  noKeepalive: false,
  keepAliveIdleSeconds: undefined,
  dns: undefined,
  connectTo: [],
  localAddresses: [],
  unixSocket: undefined,
};
const folder = mkdtempSync(join(tmpdir(), 'katydid-pem-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('httpChoiceOf', () => {
  it('leaves everything to the classes where nothing was said', () => {
    expect(httpChoiceOf(NOTHING, {})).toEqual({ engine: 'auto', defaults: {}, options: {} });
  });

  it('hands on what was said, certificates as text, in a form that sessions take', () => {
    const pem = '-----BEGIN CERTIFICATE-----\n';
    writeFileSync(join(folder, 'ca.pem'), pem);
    const given: HttpClientOptions = {
      ...NOTHING,
      httpEngine: 'undici',
      timeoutSeconds: 5,
      insecure: true,
      caFile: join(folder, 'ca.pem'),
      noKeepalive: true,
      connectTo: ['a:1:b:2'],
      dns: 'run',
      http2: true,
      proxy: 'http://p:1',
    };

    const { engine, options } = httpChoiceOf(given, {});

    expect(engine).toBe('undici');
    expect(options).toEqual({
      timeout: 5,
      insecure: true,
      ca: pem,
      keepAlive: false,
      connectTo: ['a:1:b:2'],
      dns: 'run',
      http2: true,
      proxy: 'http://p:1',
    });
    expect(settingsOf(JSON.parse(JSON.stringify(options))).connection.proxy?.https).toBe(
      'http://p:1',
    );
  });

  it('takes proxies of the environment as defaults, small letters first, this machine excepted', () => {
    const env = { http_proxy: 'p:1', HTTP_PROXY: 'http://q:2', NO_PROXY: 'a.org, b.org' };

    const { defaults } = httpChoiceOf(NOTHING, env);

    expect(defaults).toEqual({
      proxy: {
        http: 'http://p:1',
        except: ['a.org', ' b.org', 'localhost', '127.0.0.1', '::1'],
      },
    });
    expect(httpChoiceOf({ ...NOTHING, httpEngine: 'raw' }, env).defaults).toEqual({});
  });

  it.each([
    [{ caFile: '/none/ca.pem' }, {}, /^--ca: cannot read \/none\/ca.pem/],
    [{ httpEngine: 'raw', http2: true }, {}, /^--http-engine raw has no --http2/],
    [{ httpEngine: 'raw', proxy: 'http://p:1' }, {}, /^--http-engine raw has no --proxy/],
    [{}, { HTTPS_PROXY: 'socks5://u:secret@p:1' }, /^HTTPS_PROXY: expected http:\/\/host:port$/],
  ] as const)('refuses %j with %j', (given, env, message) => {
    expect(() => httpChoiceOf({ ...NOTHING, ...given }, env)).toThrow(message);
  });

  it('refuses a file that is no PEM', () => {
    writeFileSync(join(folder, 'odd.pem'), 'odd');

    expect(() => httpChoiceOf({ ...NOTHING, keyFile: join(folder, 'odd.pem') }, {})).toThrow(
      /is no PEM$/,
    );
  });
});
