import type { HttpClientOptions } from '../../src/cli/options/table/option-values.ts';

/** The HTTP client's options of a command line that names none of them. */
export const HTTP_CLIENT_DEFAULTS = {
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
} satisfies HttpClientOptions;
