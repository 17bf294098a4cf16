import { good, type ValueParser, wanted } from './value-parsers.ts';

/** The port of a master that was not told another. */
const DEFAULT_PORT = '5557';

const FORMS = 'a host, host:port, ws://host:port or wss://host:port';

/**
 * A master's address, the same for every command: a host, `host:port`, or a URL. An address without a
 * scheme does not say whether the master has TLS: token and master do, when they are met.
 *
 * Gives `ws://host:port` or `wss://host:port`.
 */
export const masterAddress: ValueParser<string> = (text) => {
  const trimmed = text.trim();
  const isPlace = /^([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?\/?$/.test(trimmed);
  const address = isPlace ? `ws://${trimmed}` : trimmed;
  const url = URL.parse(address);
  const isMaster =
    url !== null &&
    /^wss?:$/.test(url.protocol) &&
    /^\/?$/.test(url.pathname) &&
    url.username === '';
  if (!isMaster) return wanted(text, FORMS);
  // URL drops a port that is the scheme's own, and 80 is not 5557.
  const port = /:(\d+)\/?$/.exec(address)?.[1] ?? DEFAULT_PORT;
  return good(`${url.protocol}//${url.hostname}:${port}`);
};
