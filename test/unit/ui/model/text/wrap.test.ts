import { expect, it } from 'vitest';
import { displayWidth } from '../../../../../src/ui/model/text/width.ts';
import { wrapText } from '../../../../../src/ui/model/text/wrap.ts';

it.each([
  ['fits', 'one two', 7, ['one two']],
  ['is broken between words', 'one two three', 7, ['one two', 'three']],
  ['has a word longer than a line', 'a abcdefghij', 5, ['a', 'abcde', 'fghij']],
  ['is wide', '宽宽宽', 5, ['宽宽', '宽']],
  ['is empty', '', 5, ['']],
])('breaks a text that %s', (_, text, width, lines) => {
  expect(wrapText(text, width, 9, '…')).toEqual(lines);
});

it('marks the end of a text that needs more lines than there are', () => {
  expect(wrapText('one two three four', 5, 2, '…')).toEqual(['one', 'two …']);
});

it('makes harmless what a terminal would not print as it stands', () => {
  const lines = wrapText('a\u001B[2J\nb', 40, 3, '…');

  expect(lines).toHaveLength(1);
  expect(displayWidth(lines.join(''))).toBe(lines.join('').length);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(lines.join('')).not.toMatch(/[\u0000-\u001F]/);
});
