import { describe, expect, it } from 'vitest';
import {
  createNonce,
  looksLikeNonce,
  NO_TLS_BINDING,
  proofKey,
  proofOf,
  proofsMatch,
} from '../../../../src/protocol/join/handshake.ts';

const parts = {
  path: '/worker',
  clientNonce: 'c'.repeat(43),
  masterNonce: 'm'.repeat(43),
  binding: NO_TLS_BINDING,
};
const key = proofKey('kd1.notls.abcdefghijklmnop');

describe('a proof', () => {
  it('is another one for every other key, side, path, nonce and binding', () => {
    const proofs = [
      proofOf(key, 'client', parts),
      proofOf(key, 'master', parts),
      proofOf(proofKey('kd1.notls.abcdefghijklmnoq'), 'client', parts),
      proofOf(key, 'client', { ...parts, path: '/control' }),
      proofOf(key, 'client', { ...parts, clientNonce: 'd'.repeat(43) }),
      proofOf(key, 'client', { ...parts, masterNonce: 'd'.repeat(43) }),
      proofOf(key, 'client', { ...parts, binding: 'd'.repeat(43) }),
    ];

    expect(new Set(proofs).size).toBe(7);
    for (const proof of proofs) expect(looksLikeNonce(proof)).toBe(true);
  });

  it('matches itself and nothing else, whatever arrives', () => {
    const proof = proofOf(key, 'client', parts);

    expect(proofsMatch(proof, proof)).toBe(true);
    for (const given of [
      undefined,
      '',
      [proof],
      `${proof}x`,
      proof.slice(1),
      createNonce(),
      'é'.repeat(43),
    ]) {
      expect(proofsMatch(given, proof)).toBe(false);
    }
  });

  it('has a stretched key where a person chose the secret, the same one each time', () => {
    const chosen = proofKey('a-secret-chosen-in-advance');

    expect(chosen).toHaveLength(32);
    expect(Buffer.from(chosen).toString()).not.toContain('secret');
    expect(proofKey('a-secret-chosen-in-advance')).toEqual(chosen);
  });

  it('has the same key whichever certificate the token names', () => {
    expect(proofKey('kd1.abc.abcdefghijklmnop')).toEqual(key);
  });
});
