/** Where failures happened, as far as it helps to understand them. */
export interface FailurePlace {
  /** Base URL of the system under test; empty where each class has its own. */
  readonly host: string;
  /** Whether any request succeeded. */
  readonly hasSuccesses: boolean;
}

const UNTRUSTED =
  'this machine does not trust the certificate: --ca FILE names an authority to trust, --insecure ' +
  'takes any certificate';
const OTHER_NAME =
  'the certificate is for another name than the host: use the name that it has, or --insecure';
const EXPIRED = 'the certificate has expired or is not valid yet: renew it, or use --insecure';
const NO_TLS = 'the port does not speak TLS: http://?';
const NOBODY_THERE =
  'no request got an answer and nothing listens on that port: is the server running, and is -H right?';
const NO_SUCH_HOST = 'no request got an answer and there is no such host: is -H right?';
const PERHAPS_TLS = 'no request got an answer, so the port may speak TLS: https://?';

/** Hints by the name of a failure, as errors of TLS name it. */
const HINTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_NAME,
  CERT_HAS_EXPIRED: EXPIRED,
  CERT_NOT_YET_VALID: EXPIRED,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

/** What a server does that wants TLS and is sent plain HTTP. */
const PLAIN_TO_TLS: ReadonlySet<string> = new Set(['ECONNRESET', 'HPE_INVALID_CONSTANT']);

/**
 * Says what to do about failures that stem from a mistake in certificates, scheme or address.
 *
 * @param error - The failure's name, as it is counted.
 * @returns `undefined` where the name says enough, or nothing is known.
 */
export function failureHint(error: string, place: FailurePlace): string | undefined {
  const name = error.replace(/^TLS: /, '');
  if (Object.hasOwn(HINTS, name)) return HINTS[name];
  if (!place.hasSuccesses && name === 'ECONNREFUSED') return NOBODY_THERE;
  if (!place.hasSuccesses && name === 'ENOTFOUND') return NO_SUCH_HOST;
  const isPlain = /^http:/i.test(place.host) && !place.hasSuccesses;
  return isPlain && PLAIN_TO_TLS.has(name) ? PERHAPS_TLS : undefined;
}
