import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificateHash, createCertificate } from '../../../../src/protocol/join/certificate.ts';

describe('a run’s certificate', () => {
  it('is read by OpenSSL, signed by its own key and valid whatever the clocks say', () => {
    const made = createCertificate();
    const certificate = new X509Certificate(made.certificatePem);

    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(made.keyPem))).toBe(true);
    expect(certificate.subject).toBe('CN=katydid master');
    expect(certificate.validTo).toContain('9999');
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  });

  it('has a positive serial number of 16 bytes, as DER writes it', () => {
    const serials = Array.from({ length: 50 }, () => {
      return new X509Certificate(createCertificate().certificatePem).serialNumber;
    });

    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(new Set(serials).size).toBe(50);
  });

  it('is named by the SHA-256 of its DER, and another one each time', () => {
    const hashes = Array.from({ length: 20 }, () => {
      const made = createCertificate();
      expect(made.hash).toBe(certificateHash(new X509Certificate(made.certificatePem).raw));
      return made.hash;
    });

    expect(new Set(hashes).size).toBe(20);
    expect(hashes[0]).toMatch(/^[\w-]{43}$/);
  });
});
