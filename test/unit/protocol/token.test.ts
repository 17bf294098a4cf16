import { describe, expect, it } from 'vitest';
import { checkToken, createToken, tokensMatch } from '../../../src/protocol/token.ts';

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

  it('matches itself and nothing else, whatever the lengths', () => {
    const token = createToken();
    expect(tokensMatch(token, token)).toBe(true);
    expect(tokensMatch('', token)).toBe(false);
    expect(tokensMatch(`${token}x`, token)).toBe(false);
    expect(tokensMatch(token.slice(0, -1), token)).toBe(false);
  });
});
