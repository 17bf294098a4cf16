import { describe, expect, it } from 'vitest';
import { exportedSymbols, namesWithTwoMeanings } from './exported-symbols.ts';
import { maskCode } from './mask-code.ts';
import type { SourceFile } from './source-files.ts';
import { repeatedTables, stateTableOf, withTables } from './state-tables.ts';

/** A file with this text and nothing else. */
function fileOf(text: string, path = 'a.ts'): SourceFile {
  return { path, layer: '', room: '.', text, code: maskCode(text), lines: 0, imports: [] };
}

describe('exportedSymbols', () => {
  const documented = (text: string): Record<string, boolean> =>
    Object.fromEntries(exportedSymbols(fileOf(text)).map((each) => [each.name, each.isDocumented]));

  it('takes a doc comment directly before the symbol, and no other comment', () => {
    expect(
      documented(
        [
          '/** Says something. */',
          'export const a = 1;',
          '// no doc',
          'export type B = string;',
          '/** Of something else. */',
          'const c = 2;',
          'export interface D {}',
          '/** */',
          'export class E {}',
        ].join('\n'),
      ),
    ).toEqual({ a: true, B: false, D: false, E: false });
  });

  it('wants the doc of an overloaded function before its first signature alone', () => {
    expect(
      documented('/** Adds. */\nexport function add(a: 1): 1;\nexport function add(a: 2): 2;'),
    ).toEqual({ add: true });
  });

  it('sees through a suppression between doc and symbol, and leaves out what is in a string', () => {
    expect(
      documented(
        "/** Yes. */\n// biome-ignore lint/x/y: reason\nexport const f = '\\\nexport const g = 1';",
      ),
    ).toMatchObject({ f: true });
  });
});

describe('namesWithTwoMeanings', () => {
  it('names what two files declare, and not what one re-exports or declares as type and value', () => {
    expect(
      namesWithTwoMeanings([
        fileOf('export type A = 1;\nexport const A = 1;\nexport class B {}', 'one.ts'),
        fileOf("export { A } from './one.ts';\nexport function B() {}", 'two.ts'),
      ]),
    ).toEqual(['B: one.ts, two.ts']);
  });
});

describe('state tables', () => {
  const source = ['/**', ' * A thing.', ' *', ' * | state | on |', ' * | a | b |', ' */'].join(
    '\n',
  );
  const table = '| state | on |\n| a | b |\n';

  it('are read from a comment, without what stands around them', () => {
    expect(stateTableOf(source)).toBe(table);
    expect(stateTableOf('/** None. */')).toBe('');
  });

  it('are put in place of what a document had after its marker', () => {
    const document = 'Text\n<!-- state table of src/a.ts -->\n| state | old |\n\nMore\n';

    const updated = withTables(document, () => table);

    expect(updated).toBe(`Text\n<!-- state table of src/a.ts -->\n${table}\nMore\n`);
    expect(repeatedTables(updated)).toEqual(new Map([['src/a.ts', table]]));
  });
});
