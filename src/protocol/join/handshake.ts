import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { parseToken } from './token.ts';

/*
 * How both ends prove that they know the join secret, without sending it, before any frame is read:
 *
 *   worker, ctl                               master
 *   GET /challenge                     ──▶
 *                                      ◀──    200 { nonce }            bound to this connection, used once
 *   GET /worker, Upgrade: websocket
 *   x-katydid-nonce, x-katydid-proof   ──▶    checks the proof, or 401
 *                                      ◀──    101, x-katydid-proof
 *   checks the proof, or hangs up
 *
 * proof = HMAC-SHA256(key, side, path, both nonces, binding). The binding is the hash of the master's
 * certificate as each end sees it: an attacker between them, who has to show another certificate, gets
 * proofs that are worth nothing at the other end.
 */

/** HTTP path on the master's port where a nonce is handed out. */
export const CHALLENGE_PATH = '/challenge';

/** Request header with the nonce of the end that connects. */
export const NONCE_HEADER = 'x-katydid-nonce';

/** Header with the proof, of the request and of the answer. */
export const PROOF_HEADER = 'x-katydid-proof';

/** Stands for the certificate's hash where there is no TLS. */
export const NO_TLS_BINDING = 'notls';

/** Time from a challenge to the request that answers it, in milliseconds. */
export const CHALLENGE_LIFETIME_MS = 10_000;

/** What `createNonce` and `proofOf` make: 32 bytes in base64url. */
const TOKEN_OF_32_BYTES = /^[\w-]{43}$/;
/** About 20 ms and 8 MB. A person may have chosen the secret, and an attacker may try to guess it from a proof. */
const SCRYPT = { N: 8192, r: 8, p: 1 };

/** What a proof is about. */
export interface ProofParts {
  /** HTTP path that is asked for: a proof for one path is worth nothing at another. */
  readonly path: string;
  readonly clientNonce: string;
  readonly masterNonce: string;
  /** `certificateHash` of the master's certificate, or `NO_TLS_BINDING`. */
  readonly binding: string;
}

/** A random text that is used once: 32 bytes in base64url. */
export function createNonce(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a header has the form of what `createNonce` and `proofOf` make. */
export function looksLikeNonce(text: unknown): text is string {
  return typeof text === 'string' && TOKEN_OF_32_BYTES.test(text);
}

/**
 * The key of the proofs. A secret that a person chose is stretched first, which takes about 20 ms.
 *
 * @param token - As `checkToken` gives it.
 */
export function proofKey(token: string): Uint8Array {
  const { kind, secret } = parseToken(token);
  return kind === 'secret'
    ? scryptSync(secret, 'katydid join', 32, SCRYPT)
    : Buffer.from(secret, 'utf8');
}

/** Proves that one end knows the key. `side` says which end, so that neither can send back the other's proof. */
export function proofOf(key: Uint8Array, side: 'client' | 'master', parts: ProofParts): string {
  const { path, clientNonce, masterNonce, binding } = parts;
  const text = ['katydid join 1', side, path, clientNonce, masterNonce, binding].join('\n');
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Compares a proof that arrived with the right one, in a time that does not tell how much of it is right. */
export function proofsMatch(given: unknown, wanted: string): boolean {
  if (!looksLikeNonce(given)) return false;
  return timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(wanted, 'latin1'));
}
