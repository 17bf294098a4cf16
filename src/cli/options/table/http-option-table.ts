import { proxyProblem } from '../../../http/exchange/proxy-rules.ts';
import { connectToProblem } from '../../../http/user/connect-to.ts';
import { flag, list, type OptionTable, single } from './option-spec.ts';
import type { HttpClientOptions } from './option-values.ts';
import {
  byteSize,
  durationAboveZero,
  durationFromZero,
  good,
  ipAddresses,
  nonEmptyText,
  type Parsed,
  type ValueParser,
  wanted,
  wholeNumber,
} from './value-parsers.ts';

const COMMANDS = ['run', 'master'] as const;
const GROUP = 'HTTP';

/** How the users talk HTTP; each wins over what a class says in `static http`. */
export const HTTP_OPTION_TABLE: Pick<OptionTable, keyof HttpClientOptions> = {
  httpEngine: single(
    {
      long: 'http-engine',
      valueName: 'E',
      fallback: 'auto',
      fallbackText: 'auto',
      help: 'What sends the requests: raw (fast, HTTP/1.1), undici (HTTP/2 and proxies too), or auto',
      group: GROUP,
      commands: COMMANDS,
    },
    oneOf('auto', 'raw', 'undici'),
  ),
  timeoutSeconds: single(
    {
      long: 'timeout',
      valueName: 'S',
      fallback: undefined,
      fallbackText: "the class's, 60",
      help: 'A request fails after this long, redirects included; 0: never',
      group: GROUP,
      commands: COMMANDS,
    },
    durationFromZero,
  ),
  connectTimeoutSeconds: single(
    {
      long: 'connect-timeout',
      valueName: 'S',
      fallback: undefined,
      fallbackText: "the class's, 0",
      help: 'A connection fails to open after this long; 0: as long as the request may take',
      group: GROUP,
      commands: COMMANDS,
    },
    durationFromZero,
  ),
  maxRedirects: single(
    {
      long: 'max-redirects',
      valueName: 'N',
      fallback: undefined,
      fallbackText: "the class's, 30",
      help: 'Redirects followed for one request',
      group: GROUP,
      commands: COMMANDS,
    },
    wholeNumber(0, 1000),
  ),
  maxBodyBytes: single(
    {
      long: 'max-body',
      valueName: 'SIZE',
      fallback: undefined,
      fallbackText: "the class's, 64MB",
      help: 'A request fails whose body is longer, as received or decoded: bytes, or such as 500kB, 2MB, 1GB',
      group: GROUP,
      commands: COMMANDS,
    },
    byteSize,
  ),
  insecure: flag({
    long: 'insecure',
    help: 'Accept any certificate of a server',
    group: GROUP,
    commands: COMMANDS,
  }),
  caFile: file('ca', 'PEM of the authorities to trust in place of the system’s', ['cacert']),
  certFile: file('cert', "PEM of the users' own certificate"),
  keyFile: file('key', 'PEM of its key'),
  http2: flag({
    long: 'http2',
    help: 'Use HTTP/2 where a server offers it in TLS',
    group: GROUP,
    commands: COMMANDS,
  }),
  proxy: single(
    {
      long: 'proxy',
      valueName: 'URL',
      fallback: undefined,
      fallbackText: 'HTTP_PROXY, HTTPS_PROXY, NO_PROXY',
      help: 'Go through this proxy, http://[user:password@]host:port; an empty text for none',
      group: GROUP,
      commands: COMMANDS,
      secret: true,
    },
    proxyUrl,
  ),
  noKeepalive: flag({
    long: 'no-keepalive',
    aliases: ['disable-keepalive'],
    help: 'A connection of its own for each request',
    group: GROUP,
    commands: COMMANDS,
  }),
  keepAliveIdleSeconds: single(
    {
      long: 'keep-alive-idle',
      valueName: 'S',
      fallback: undefined,
      fallbackText: "the class's, 4",
      help: 'A connection idle for longer is replaced, where the server does not say how long it keeps one',
      group: GROUP,
      commands: COMMANDS,
    },
    durationAboveZero,
  ),
  dns: single(
    {
      long: 'dns',
      valueName: 'user|run',
      fallback: undefined,
      fallbackText: "the class's, user",
      help: 'Each user looks names up itself, or the first one does for all users of a worker',
      group: GROUP,
      commands: COMMANDS,
    },
    oneOf('user', 'run'),
  ),
  connectTo: list(
    {
      long: 'connect-to',
      valueName: 'H:P:H2:P2',
      help: 'Connect to H2:P2 where a URL has H:P; a part may be empty; repeatable',
      group: GROUP,
      commands: COMMANDS,
    },
    connectToRule,
  ),
  localAddresses: list(
    {
      long: 'local-address',
      valueName: 'IP',
      help: 'Connect from this address; of several, each user takes the next; repeatable',
      group: GROUP,
      commands: COMMANDS,
    },
    ipAddresses,
  ),
  unixSocket: single(
    {
      long: 'unix-socket',
      valueName: 'PATH',
      fallback: undefined,
      help: 'Connect to this Unix socket, whatever the URL says',
      group: GROUP,
      commands: COMMANDS,
    },
    nonEmptyText('a path'),
  ),
};

function file(long: string, help: string, aliases: readonly string[] = []) {
  return single(
    {
      long,
      aliases,
      valueName: 'FILE',
      fallback: undefined,
      help,
      group: GROUP,
      commands: COMMANDS,
    },
    nonEmptyText('a file name'),
  );
}

function oneOf<const T extends string>(...choices: readonly T[]): ValueParser<T> {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    return found === undefined ? wanted(text, choices.join(', ')) : good(found);
  };
}

function connectToRule(text: string): Parsed<readonly string[]> {
  return connectToProblem(text) === undefined
    ? good([text])
    : wanted(text, 'HOST:PORT:HOST2:PORT2');
}

function proxyUrl(text: string): Parsed<string> {
  // Without the text: there may be a password in it.
  const problem = text === '' ? undefined : proxyProblem(text);
  return problem === undefined ? good(text) : { ok: false, problem };
}
