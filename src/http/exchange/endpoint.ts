/** The server that an origin names. */
export interface Endpoint {
  readonly isSecure: boolean;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** As the `host` header has it: with brackets, and with the port where it is not the scheme's own. */
  readonly authority: string;
}

/** Origins kept; runs have a handful, and one that follows redirects anywhere starts over. */
const MAX_ENDPOINTS = 1000;
const known = new Map<string, Endpoint>();

/** @param origin - Normalised, as `URL.origin` gives it. */
export function endpointOf(origin: string): Endpoint {
  const found = known.get(origin);
  if (found !== undefined) return found;
  const url = new URL(origin);
  const isSecure = url.protocol === 'https:';
  const endpoint = {
    isSecure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    authority: url.host,
  };
  if (known.size >= MAX_ENDPOINTS) known.clear();
  known.set(origin, endpoint);
  return endpoint;
}
