import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inCsv,
  inJson,
  inLog,
  inTerminal,
  inTerminalLines,
} from '../../../src/base/outside-text.ts';

/** A character of each kind that does harm, by what it does. */
const HARMFUL: readonly (readonly [string, string])[] = [
  ['begins an escape sequence', '\u001b'],
  ['begins one in a single character', '\u009b'],
  ['rings', '\u0007'],
  ['ends texts', '\u0000'],
  ['deletes', '\u007f'],
  ['turns the text around', '\u202e'],
  ['turns the text around, isolated', '\u2067'],
  ['marks a direction', '\u200f'],
];
const HIDDEN: readonly (readonly [string, string])[] = [
  ['has no width', '\u200b'],
  ['has no width at the beginning of a file', '\ufeff'],
  ['breaks the line', '\u2028'],
  ['breaks the paragraph', '\u2029'],
  ['is half a character', '\ud800'],
  ['hides a text in tags', '\u{e0041}'],
];

describe('a text from outside', () => {
  it.each([...HARMFUL, ...HIDDEN])('reaches no terminal and no log where it %s', (_, bad) => {
    expect([inTerminal(`a${bad}b`), inTerminalLines(`a${bad}b`), inLog(`a${bad}b`)]).toEqual([
      'a?b',
      'a?b',
      'ab',
    ]);
  });

  it.each(HARMFUL)('reaches no CSV file and, unescaped, no JSON where it %s', (_, bad) => {
    expect(inCsv(`a${bad}b`)).toBe('a?b');
    expect(inJson(JSON.stringify(`a${bad}b`))).not.toContain(bad);
  });

  it('keeps its lines where lines may stand, and only there', () => {
    const text = 'a\tb\nc';

    expect(inTerminal(text)).toBe('a b c');
    expect(inTerminalLines(text)).toBe(text);
    expect(inLog(`${text}\n\n`)).toBe('a\tb\n  c');
    expect(inCsv(text)).toBe(text);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('is no formula in CSV: %o', (text) => {
    expect(inCsv(text)).toBe(`'${text}`);
  });

  it('stays as it is where it is in any script of the world, wherever it goes', () => {
    const text = 'naïve 価格 цена سعر 🎫 café';

    expect([inTerminal(text), inTerminalLines(text), inLog(text), inCsv(text)]).toEqual(
      Array.from({ length: 4 }, () => text),
    );
  });

  it('means the same to every reader of JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value, null, 2);

        expect(JSON.parse(inJson(json))).toEqual(JSON.parse(json));
      }),
    );
  });
});
