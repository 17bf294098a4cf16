import { describe, expect, it } from 'vitest';
import {
  checkToken,
  createToken,
  parseToken,
  tokenFor,
} from '../../../../src/protocol/join/token.ts';

describe('a join token', () => {
  it('is made fresh each time, 192 random bits behind the hash', () => {
    const token = createToken();
    expect(token).toMatch(/^kd1\.notls\.[\w-]{32}$/);
    expect(createToken()).not.toBe(token);
    expect(createToken('abc')).toMatch(/^kd1\.abc\./);
  });

  it('is taken as typed, without white space around it', () => {
    const token = createToken();
    expect(checkToken(`  ${token}\n`)).toBe(token);
    expect(checkToken('0123456789abcdef')).toBe('0123456789abcdef');
  });

  it.each([
    ['', 'too short: 0'],
    ['123456789012345', 'too short: 15 characters, wanted at least 16'],
    ['kd1.notls.short', 'incomplete'],
    ['kd1.onlyonepartthatislongenough', 'incomplete'],
    ['kd1.notls.0123456789abcdef\u0000', 'incomplete'],
    ['has a space but is long', 'printable ASCII'],
    ['gänzlich-geheimes-wort', 'printable ASCII'],
    ['0123456789\r\nHost: evil', 'printable ASCII'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => checkToken(text)).toThrowError(
      expect.objectContaining({ code: 'KAT_USAGE', message: expect.stringContaining(message) }),
    );
  });

  it('says by itself whether there is TLS and whose certificate it is', () => {
    const secret = 'abcdefghijklmnop';
    expect(parseToken(tokenFor(secret, 'h-a_s-h'))).toEqual({
      kind: 'pinned',
      certificateHash: 'h-a_s-h',
      secret,
    });
    expect(parseToken(tokenFor(secret))).toEqual({ kind: 'no-tls', secret });
    expect(parseToken('kd2.notls.abcdefghijklmnop')).toEqual({
      kind: 'secret',
      secret: 'kd2.notls.abcdefghijklmnop',
    });
  });
});
