import { basicAuthorization } from './basic-authorization.ts';
import type { Endpoint } from './endpoint.ts';

/** Which URLs go through which proxy. */
export interface ProxyRules {
  /** URL of the proxy for `http:`; `undefined` for none. */
  readonly http?: string;
  /** For `https:`. */
  readonly https?: string;
  /**
   * Hosts that are asked directly, as in the variable `NO_PROXY`: a name stands for what ends in it, too;
   * with a port for that port alone; `*` for all.
   */
  readonly except: readonly string[];
}

/** A proxy to be used. */
export interface ChosenProxy {
  readonly origin: string;
  /** Value of `proxy-authorization`, made from `user:password@` of its URL; `undefined` without. */
  readonly authorization: string | undefined;
}

/** The proxy for an endpoint; `undefined` where it is asked directly. */
export function proxyFor(
  rules: ProxyRules | undefined,
  endpoint: Endpoint,
): ChosenProxy | undefined {
  const text = endpoint.isSecure ? rules?.https : rules?.http;
  if (rules === undefined || text === undefined || isExcepted(rules.except, endpoint))
    return undefined;
  const url = new URL(text);
  const hasUser = url.username !== '' || url.password !== '';
  const authorization = hasUser
    ? basicAuthorization(decodeURIComponent(url.username), decodeURIComponent(url.password))
    : undefined;
  return { origin: url.origin, authorization };
}

/** What is wrong with the URL of a proxy; `undefined` where nothing is. */
export function proxyProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:') return 'expected http://host:port';
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    return 'user or password has a % that is no escape';
  }
  return undefined;
}

function isExcepted(except: readonly string[], endpoint: Endpoint): boolean {
  return except.some((entry) => {
    const text = entry.trim().toLowerCase();
    if (text === '*') return true;
    const [, name = '', port] = /^\*?\.?(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(text) ?? [];
    if (name === '' || (port !== undefined && Number(port) !== endpoint.port)) return false;
    const bare = name.replace(/^\[|\]$/g, '');
    return endpoint.host === bare || endpoint.host.endsWith(`.${bare}`);
  });
}
