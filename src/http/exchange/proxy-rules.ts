import { BlockList, isIP } from 'node:net';
import { basicAuthorization } from './basic-authorization.ts';
import type { Endpoint } from './endpoint.ts';

/** Which URLs go through which proxy. */
export interface ProxyRules {
  /** URL of the proxy for `http:`; `undefined` for none. */
  readonly http?: string;
  /** URL of the proxy for `https:`; `undefined` for none. */
  readonly https?: string;
  /**
   * Hosts that are asked directly, as in the variable `NO_PROXY`: a name stands for what ends in it, too;
   * with a port for that port alone; a network as in `10.0.0.0/8` for its addresses; `*` for all.
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

/** Whether an endpoint is asked directly, by the rules of curl and of Python's requests. */
function isExcepted(except: readonly string[], endpoint: Endpoint): boolean {
  return except.some((entry) => {
    const text = entry.trim().toLowerCase();
    if (text === '*') return true;
    const network = networkOf(text);
    if (network !== undefined) return isInNetwork(network, endpoint.host);
    const [, name = '', port] = /^\*?\.?(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(text) ?? [];
    if (name === '' || (port !== undefined && Number(port) !== endpoint.port)) return false;
    const bare = name.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const host = endpoint.host.replace(/\.$/, '');
    return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
  });
}

/** A network such as `10.0.0.0/8` or `fd00::/8`. */
interface IpNetwork {
  readonly address: string;
  readonly prefixBits: number;
}

function networkOf(text: string): IpNetwork | undefined {
  const [, address = '', bits = ''] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  const prefixBits = Number(bits);
  if (family === 0 || prefixBits > (family === 4 ? 32 : 128)) return undefined;
  return { address, prefixBits };
}

function isInNetwork({ address, prefixBits }: IpNetwork, host: string): boolean {
  if (isIP(host) !== isIP(address)) return false;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, prefixBits, family);
  return network.check(host, family);
}
