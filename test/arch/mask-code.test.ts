import { describe, expect, it } from 'vitest';
import { importCycles } from './import-cycles.ts';
import { maskCode } from './mask-code.ts';
import type { SourceFile } from './source-files.ts';

describe('maskCode', () => {
  it.each([
    ["a('x // y'); b", "a('      '); b"],
    ['a /* b */ c // d', 'a         c     '],
    [`\`a \${b(\`c\`)} d\` e`, `\`  \${b(\` \`)}  \` e`],
    ['x = a / b / c', 'x = a / b / c'],
    ['s.replace(/[\'"]/g, y)', 's.replace(       , y)'],
    ["'it\\'s' z", "'     ' z"],
    ['return /a b/.test(c)', 'return      .test(c)'],
    [`{ \`\${{ a: 1 }.a}\` }`, `{ \`\${{ a: 1 }.a}\` }`],
  ])('blanks what is no code in %s', (source, expected) => {
    expect(maskCode(source)).toBe(expected);
  });

  it('keeps every character in its place', () => {
    const source = `/** doc\n 'x */ const a = \`\n\${1}\`; // "`;

    expect(maskCode(source)).toHaveLength(source.length);
    expect(maskCode(source).split('\n')).toHaveLength(3);
  });
});

describe('importCycles', () => {
  const file = (path: string, ...targets: string[]): SourceFile => ({
    path,
    layer: '',
    room: '.',
    text: '',
    code: '',
    lines: 0,
    imports: targets.map((target) => ({ specifier: '', path: target, line: 1, kind: 'type' })),
  });

  it('finds the two files of a cycle of two among four', () => {
    const files = [file('a', 'b'), file('b', 'c'), file('c', 'b', 'd'), file('d')];

    expect(importCycles(files)).toEqual([['b', 'c']]);
  });

  it('finds none where two ways lead to one file', () => {
    const files = [file('a', 'b', 'c'), file('b', 'd'), file('c', 'd'), file('d')];

    expect(importCycles(files)).toEqual([]);
  });
});
