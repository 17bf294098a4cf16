import { randomBytes } from 'node:crypto';
import { UsageError } from '../../base/errors.ts';

/** Shortest secret that may be chosen in advance, in characters. */
export const MIN_SECRET_LENGTH = 16;

/** Stands for the certificate's hash in a token of a master without TLS. */
const NO_CERTIFICATE = 'notls';

/**
 * Makes a join token `kd1.<hash>.<secret>` with a fresh secret of 192 random bits.
 *
 * @param certificateHash - base64url SHA-256 of the master's certificate; none without TLS.
 */
export function createToken(certificateHash: string = NO_CERTIFICATE): string {
  return tokenFor(randomBytes(24).toString('base64url'), certificateHash);
}

/**
 * Checks a token that somebody typed or put in a file.
 *
 * @returns The token without surrounding white space.
 * @throws {UsageError} Where it is neither `kd1.<hash>.<secret>` nor a secret of at least 16 characters.
 */
export function checkToken(text: string): string {
  const token = text.trim();
  if (/^kd1\./.test(token)) {
    if (/^kd1\.[\w-]+\.[\w-]{16,}$/.test(token)) return token;
    throw new UsageError('the join token is incomplete: wanted kd1.<hash>.<secret>', {
      hint: 'Copy the whole line that the master printed, or use its --token-file.',
    });
  }
  if (token.length < MIN_SECRET_LENGTH) {
    throw new UsageError(
      `the join token is too short: ${token.length} characters, wanted at least ${MIN_SECRET_LENGTH}`,
      { hint: 'Use the token that the master printed, or a longer secret on both sides.' },
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError('the join token may only have printable ASCII characters without spaces');
  }
  return token;
}

/** A join token as it is used. */
export type JoinToken =
  /** `kd1.<hash>.<secret>`: TLS, and the certificate must have this hash. */
  | { readonly kind: 'pinned'; readonly certificateHash: string; readonly secret: string }
  /** `kd1.notls.<secret>`: no TLS. */
  | { readonly kind: 'no-tls'; readonly secret: string }
  /** A secret chosen in advance, which says nothing of TLS. */
  | { readonly kind: 'secret'; readonly secret: string };

/**
 * Takes a join token apart.
 *
 * @param token - As `checkToken` gives it.
 */
export function parseToken(token: string): JoinToken {
  const [, certificateHash, secret] = /^kd1\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (certificateHash === undefined || secret === undefined)
    return { kind: 'secret', secret: token };
  if (certificateHash === NO_CERTIFICATE) return { kind: 'no-tls', secret };
  return { kind: 'pinned', certificateHash, secret };
}

/**
 * The same secret in a token for another certificate.
 *
 * @param certificateHash - base64url SHA-256 of the master's certificate; none without TLS.
 */
export function tokenFor(secret: string, certificateHash: string = NO_CERTIFICATE): string {
  return `kd1.${certificateHash}.${secret}`;
}
