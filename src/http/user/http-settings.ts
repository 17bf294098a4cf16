import { isIP } from 'node:net';
import { ScriptError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { ConnectionOptions } from '../exchange/engine.ts';
import type { ExchangeLimits } from '../exchange/exchange.ts';
import { type ProxyRules, proxyProblem } from '../exchange/proxy-rules.ts';
import { connectToProblem, parseConnectTo } from './connect-to.ts';
import type { HttpOptions } from './http-options.ts';

/** `HttpOptions` with every default filled in. */
export interface HttpSettings {
  readonly maxRedirects: number;
  /** The limits of requests that give none of their own. */
  readonly limits: ExchangeLimits;
  readonly connection: ConnectionOptions;
}

/** What is wrong with a value that was given; `undefined` where nothing is. */
type Complaint = (value: unknown) => string | undefined;

const number: Complaint = (value) =>
  typeof value === 'number' && value >= 0
    ? undefined
    : `must be a number of 0 or more, not ${String(value)}`;
const numberAboveZero: Complaint = (value) =>
  typeof value === 'number' && value > 0
    ? undefined
    : `must be a number above 0, not ${String(value)}`;
const flag: Complaint = (value) =>
  typeof value === 'boolean' ? undefined : 'must be true or false';
const pem: Complaint = (value) =>
  typeof value === 'string' || (typeof value === 'object' && value !== null)
    ? undefined
    : 'must be PEM, as text or bytes';
const text: Complaint = (value) => (typeof value === 'string' ? undefined : 'is no text');

/** One text or a list of them, each with `problem` of its own. */
function texts(problem: (one: string) => string | undefined): Complaint {
  return (value) => {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const one of all) {
      const complaint = typeof one === 'string' ? problem(one) : 'is no text';
      if (complaint !== undefined) return `${complaint}, not ${String(one)}`;
    }
    return undefined;
  };
}

const COMPLAINTS: Readonly<Record<keyof HttpOptions, Complaint>> = {
  timeout: number,
  connectTimeout: number,
  maxRedirects: number,
  maxBody: number,
  insecure: flag,
  ca: pem,
  cert: pem,
  key: pem,
  servername: text,
  keepAlive: flag,
  keepAliveIdle: numberAboveZero,
  dns: (value) => (value === 'user' || value === 'run' ? undefined : "must be 'user' or 'run'"),
  connectTo: texts(connectToProblem),
  localAddress: texts((one) => (isIP(one) === 0 ? 'must be an IP address' : undefined)),
  unixSocket: text,
  http2: flag,
  proxy: proxyComplaint,
};

function proxyComplaint(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null) return undefined;
  if (typeof value !== 'string') return 'is no text';
  return value === '' ? undefined : proxyProblem(value);
}

/** What is wrong with one option; `undefined` where nothing is. */
function complaintAbout(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!Object.hasOwn(COMPLAINTS, name)) return `http.${name} is no option of this version`;
  // Just looked for.
  const complaint = COMPLAINTS[name as keyof HttpOptions](value);
  return complaint === undefined ? undefined : `http.${name} ${complaint}`;
}

/** The option that a misspelt one may mean. */
function hintAbout(name: string): { readonly hint?: string } {
  const names = Object.keys(COMPLAINTS);
  const meant = names.includes(name) ? undefined : nearestName(name, names);
  return meant === undefined ? {} : { hint: `Did you mean '${meant}'?` };
}

const known = new WeakMap<HttpOptions, HttpSettings>();

/**
 * Fills in the defaults. Users with the same object share its settings.
 *
 * @throws {ScriptError} where an option is unknown or of the wrong kind: a run without the proxy or the
 *   certificate that a script asked for would measure something else.
 */
export function settingsOf(options: HttpOptions): HttpSettings {
  const found = known.get(options);
  if (found !== undefined) return found;
  for (const [name, value] of Object.entries(options)) {
    const message = complaintAbout(name, value);
    if (message !== undefined) throw new ScriptError(message, hintAbout(name));
  }
  const settings = {
    maxRedirects: options.maxRedirects ?? 30,
    limits: {
      timeoutSeconds: options.timeout ?? 60,
      maxBodyBytes: options.maxBody ?? 64 * 1024 * 1024,
    },
    connection: connectionOf(options),
  };
  known.set(options, settings);
  return settings;
}

function connectionOf(options: HttpOptions): ConnectionOptions {
  return {
    insecure: options.insecure ?? false,
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    servername: options.servername,
    keepAlive: options.keepAlive ?? true,
    keepAliveIdleSeconds: options.keepAliveIdle ?? 4,
    connectTimeoutSeconds: options.connectTimeout ?? 0,
    dns: options.dns ?? 'user',
    connectTo: listOf(options.connectTo).map(parseConnectTo),
    localAddresses: listOf(options.localAddress),
    unixSocket: options.unixSocket,
    http2: options.http2 ?? false,
    proxy: proxyOf(options.proxy),
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function proxyOf(proxy: string | ProxyRules | undefined): ProxyRules | undefined {
  if (proxy === undefined || proxy === '') return undefined;
  return typeof proxy === 'string' ? { http: proxy, https: proxy, except: [] } : proxy;
}
