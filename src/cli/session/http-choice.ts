import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../../base/errors.ts';
import { proxyProblem } from '../../http/exchange/proxy-rules.ts';
import type { EngineChoice } from '../../http/open-engine.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import type { HttpClientOptions } from '../options/table/option-values.ts';

/** What the command line says about HTTP, for all users of the run. */
export interface HttpChoice {
  readonly engine: EngineChoice;
  /** What the environment says: a class may say otherwise. */
  readonly defaults: Readonly<Record<string, Json>>;
  /** Only what was said: it wins over the classes' own. */
  readonly options: Readonly<Record<string, Json>>;
}

/** Workers get it in one message, together with everything else about the run. */
const MAX_PEM_BYTES = 512 * 1024;

/**
 * Reads certificates, and the variables that name proxies.
 *
 * @param env - Of the process; `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` count in small letters too.
 * @throws {UsageError} where a file cannot be read, a proxy is none, or raw is to do what it cannot.
 */
export function httpChoiceOf(
  given: HttpClientOptions,
  env: Readonly<Record<string, string | undefined>>,
): HttpChoice {
  const { httpEngine, http2, proxy } = given;
  if (httpEngine === 'raw' && (http2 || (proxy !== undefined && proxy !== ''))) {
    const what = http2 ? '--http2' : '--proxy';
    throw new UsageError(`--http-engine raw has no ${what}: leave it to auto, or take undici`);
  }
  // Whoever asks for raw by name wants the fast way and nothing else.
  const fromEnv = httpEngine === 'raw' ? undefined : proxyFromEnv(env);
  const { timeoutSeconds, connectTimeoutSeconds, maxRedirects, keepAliveIdleSeconds } = given;
  const options = {
    timeout: timeoutSeconds,
    connectTimeout: connectTimeoutSeconds,
    maxRedirects,
    maxBody: given.maxBodyBytes,
    insecure: given.insecure || undefined,
    ca: pemOf('--ca', given.caFile),
    cert: pemOf('--cert', given.certFile),
    key: pemOf('--key', given.keyFile),
    keepAlive: given.noKeepalive ? false : undefined,
    keepAliveIdle: keepAliveIdleSeconds,
    dns: given.dns,
    connectTo: given.connectTo.length === 0 ? undefined : given.connectTo,
    localAddress: given.localAddresses.length === 0 ? undefined : given.localAddresses,
    unixSocket: given.unixSocket,
    http2: http2 || undefined,
    proxy,
  } satisfies { readonly [K in keyof HttpOptions]: HttpOptions[K] | undefined };
  return {
    engine: httpEngine,
    defaults: withoutUndefined({ proxy: fromEnv }),
    options: withoutUndefined(options),
  };
}

function withoutUndefined(
  options: Readonly<Record<string, Json | undefined>>,
): Readonly<Record<string, Json>> {
  const said: Record<string, Json> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) said[name] = value;
  }
  return said;
}

function pemOf(option: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${path}: ${messageOf(error)}`);
  }
  if (text.length > MAX_PEM_BYTES) throw new UsageError(`${option}: ${path} is over 512 kB`);
  if (!text.includes('-----BEGIN ')) throw new UsageError(`${option}: ${path} is no PEM`);
  return text;
}

function proxyFromEnv(env: Readonly<Record<string, string | undefined>>): Json | undefined {
  const variable = (name: string): string | undefined => {
    // In small letters first, as curl has it.
    const value = env[name.toLowerCase()] ?? env[name];
    return value === undefined || value === '' ? undefined : value;
  };
  const urlIn = (name: string): string | undefined => {
    const value = variable(name);
    if (value === undefined) return undefined;
    const url = value.includes('://') ? value : `http://${value}`;
    const problem = proxyProblem(url);
    // Without the value: there may be a password in it.
    if (problem !== undefined) throw new UsageError(`${name}: ${problem}`);
    return url;
  };
  const http = urlIn('HTTP_PROXY');
  const https = urlIn('HTTPS_PROXY');
  if (http === undefined && https === undefined) return undefined;
  const named = (variable('NO_PROXY') ?? '').split(/[,\s]+/).filter((entry) => entry.trim() !== '');
  // A proxy of the surroundings is not meant for a server on this very machine.
  return {
    ...withoutUndefined({ http, https }),
    except: [...named, 'localhost', '127.0.0.1', '::1'],
  };
}
