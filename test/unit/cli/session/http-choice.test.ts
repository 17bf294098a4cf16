import { afterAll, describe, expect, it } from 'vitest';
import type { HttpClientOptions } from '../../../../src/cli/options/table/option-values.ts';
import { httpChoiceOf } from '../../../../src/cli/session/http-choice.ts';
import { settingsOf } from '../../../../src/http/user/http-settings.ts';
import { HTTP_CLIENT_DEFAULTS } from '../../../support/http-client-defaults.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

const folder = new TempFolder();
afterAll(() => folder.remove());

describe('httpChoiceOf', () => {
  it('leaves everything to the classes where nothing was said', () => {
    expect(httpChoiceOf(HTTP_CLIENT_DEFAULTS, {})).toEqual({
      engine: 'auto',
      defaults: {},
      options: {},
    });
  });

  it('hands on what was said, certificates as text, in a form that sessions take', () => {
    const pem = '-----BEGIN CERTIFICATE-----\n';
    folder.write('ca.pem', pem);
    const given: HttpClientOptions = {
      ...HTTP_CLIENT_DEFAULTS,
      httpEngine: 'undici',
      timeoutSeconds: 5,
      insecure: true,
      caFile: folder.file('ca.pem'),
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

    const { defaults } = httpChoiceOf(HTTP_CLIENT_DEFAULTS, env);

    expect(defaults).toEqual({
      proxy: {
        http: 'http://p:1',
        except: ['a.org', 'b.org', 'localhost', '127.0.0.1', '::1'],
      },
    });
    expect(httpChoiceOf({ ...HTTP_CLIENT_DEFAULTS, httpEngine: 'raw' }, env).defaults).toEqual({});
  });

  it.each([
    [{ caFile: '/none/ca.pem' }, {}, /^--ca: cannot read \/none\/ca.pem/],
    [{ httpEngine: 'raw', http2: true }, {}, /^--http-engine raw has no --http2/],
    [{ httpEngine: 'raw', proxy: 'http://p:1' }, {}, /^--http-engine raw has no --proxy/],
    [{}, { HTTPS_PROXY: 'socks5://u:secret@p:1' }, /^HTTPS_PROXY: expected http:\/\/host:port$/],
  ] as const)('refuses %j with %j', (given, env, message) => {
    expect(() => httpChoiceOf({ ...HTTP_CLIENT_DEFAULTS, ...given }, env)).toThrow(message);
  });

  it('refuses a file that is no PEM', () => {
    folder.write('odd.pem', 'odd');

    expect(() =>
      httpChoiceOf({ ...HTTP_CLIENT_DEFAULTS, keyFile: folder.file('odd.pem') }, {}),
    ).toThrow(/is no PEM$/);
  });
});
