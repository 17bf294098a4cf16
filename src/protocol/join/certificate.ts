import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** The certificate that a master shows to everybody who connects by TLS: its own, made for one run. */
export interface RunCertificate {
  /** The private key, PKCS #8 in PEM: never to be written anywhere but to a file for its owner alone. */
  readonly keyPem: string;
  readonly certificatePem: string;
  /** What a join token pins; see `certificateHash`. */
  readonly hash: string;
}

/*
 * Just enough DER to write one kind of certificate (RFC 5280): X.509 v3, P-256, signed by itself, no
 * extensions. Nothing here reads DER. Nobody checks its names or dates: workers pin its hash, or bind
 * the proof of the secret to it. Why no library: docs/decisions/0008-own-certificate.md.
 */
const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const VERSION_TAG = 0xa0;
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/** Makes a key and a certificate; takes about a millisecond. */
export function createCertificate(): RunCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('katydid master')))),
  );
  // The second date is RFC 5280's way to say «no end»: a wall clock that is wrong must not matter.
  const validity = der(
    SEQUENCE,
    der(UTC_TIME, Buffer.from('200101000000Z')),
    der(GENERALIZED_TIME, Buffer.from('99991231235959Z')),
  );
  const content = der(
    SEQUENCE,
    der(VERSION_TAG, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serialNumber()),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]);
  const certificate = der(SEQUENCE, content, algorithm, der(BIT_STRING, signature));
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: pemOf(certificate),
    hash: certificateHash(certificate),
  };
}

/** base64url SHA-256 of a certificate in DER. */
export function certificateHash(certificate: Uint8Array): string {
  return createHash('sha256').update(certificate).digest('base64url');
}

/** Positive, and without leading zeros, as DER wants integers. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
