import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { looksLikeNonce, proofsMatch } from '../../../../src/protocol/join/handshake.ts';
import { masterRefusal } from '../../../../src/protocol/join/master-refusal.ts';
import { checkToken, createToken, parseToken } from '../../../../src/protocol/join/token.ts';
import {
  decodeBundle,
  encodeBundle,
  scriptBundle,
} from '../../../../src/script/bundle/script-bundle.ts';

const pieces = fc.constantFrom(
  'kd1',
  '.',
  'notls',
  'a'.repeat(16),
  '\n',
  ' ',
  '..',
  'ä',
  '%',
  '-_',
);
const tokenish = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.tuple(fc.nat(80), fc.string({ maxLength: 3 })).map(([at, text]) => {
    const token = createToken('x'.repeat(43));
    return token.slice(0, at) + text + token.slice(at + 1);
  }),
);

describe('a join token', () => {
  it('is refused with KAT_USAGE, or taken: then it has no character that ends a line or a header', () => {
    fc.assert(
      fc.property(tokenish, (text) => {
        try {
          const token = checkToken(text);
          expect(token).toMatch(/^[\x21-\x7e]{16,}$/);
          expect(parseToken(token).secret.length).toBeGreaterThanOrEqual(16);
        } catch (error) {
          expect(error).toMatchObject({ code: 'KAT_USAGE' });
          // It may be almost the right one.
          if (text.trim().length > 8) expect(String(error)).not.toContain(text.trim());
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is read before anything is proven', () => {
  it('has one form of nonce and proof, and everything else does not match', () => {
    const wanted = 'A'.repeat(43);
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true }), (value) => {
        expect(looksLikeNonce(value)).toBe(false);
        expect(proofsMatch(value, wanted)).toBe(false);
      }),
    );
    expect(proofsMatch(wanted, wanted)).toBe(true);
    expect(proofsMatch(`${wanted}A`, wanted)).toBe(false);
  });

  it('becomes one short printable refusal, whatever a server answers', () => {
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.record({ message: fc.anything(), hint: fc.string({ unit: 'binary' }) }).map((value) => {
        try {
          return JSON.stringify(value);
        } catch {
          return '{';
        }
      }),
    );
    fc.assert(
      fc.property(fc.nat(999), body, (status, text) => {
        const error = masterRefusal(status, text ?? '');
        expect(error.code).toBe('KAT_REFUSED');
        expect(error.message + error.hint).toMatch(/^\P{C}{1,1100}$/u);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the bytes of a script', () => {
  it('are that script, or refused with KAT_SCRIPT, whatever was done to them', () => {
    const file = { path: 'data/users.csv', bytes: new TextEncoder().encode('a,b\n1,2\n') };
    const whole = encodeBundle(
      scriptBundle('/x/load.ts', 'load.ts', 'export const a = 1;', [file]),
    );
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice(0, length % 3 === 0 ? length : whole.length);
        for (const [at, byte] of changes) bytes[at % Math.max(1, bytes.length)] = byte;
        try {
          const { code, files } = decodeBundle(bytes);
          expect([code, files.length]).toEqual(['export const a = 1;', 1]);
        } catch (error) {
          expect(error instanceof KatydidError && error.code).toBe('KAT_SCRIPT');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
