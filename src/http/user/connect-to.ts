import type { ConnectTo } from '../exchange/engine.ts';

const HOST = String.raw`(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)`;
const FORM = new RegExp(`^${HOST}:(\\d{0,5}):${HOST}:(\\d{0,5})$`);
const MAX_PORT = 65_535;

/**
 * A rule as curl's `--connect-to` writes it: `HOST:PORT:HOST2:PORT2`. Each part may be empty: any host or
 * port before, the URL's own behind. Addresses of IPv6 are in brackets. Ask `connectToProblem` before.
 */
export function parseConnectTo(text: string): ConnectTo {
  const [, host = '', port = '', toHost = '', toPort = ''] = FORM.exec(text) ?? [];
  return {
    host: bare(host).toLowerCase(),
    port: Number(port),
    toHost: bare(toHost),
    toPort: Number(toPort),
  };
}

/** What is wrong with such a rule; `undefined` where nothing is. */
export function connectToProblem(text: string): string | undefined {
  const { port, toPort } = parseConnectTo(text);
  const isFine = FORM.test(text) && port <= MAX_PORT && toPort <= MAX_PORT;
  return isFine ? undefined : 'expected HOST:PORT:HOST2:PORT2';
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
