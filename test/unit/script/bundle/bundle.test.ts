import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleScript } from '../../../../src/script/bundle/bundle.ts';
import {
  decodeBundle,
  encodeBundle,
  scriptBundle,
} from '../../../../src/script/bundle/script-bundle.ts';
import { codeFrame } from '../../../../src/script/trace/code-frame.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

async function failureOf(path: string): Promise<string> {
  const thrown: unknown = await bundleScript(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ code: 'KAT_SCRIPT' });
  return thrown instanceof Error ? thrown.message : '';
}

describe('bundleScript', () => {
  it('gives the same hash to the same files in another folder', async () => {
    using here = new TempFolder();
    using there = new TempFolder();
    const hashes: string[] = [];
    for (const folder of [here, there]) {
      folder.write('lib/a.ts', 'export const a = 1;');
      const file = folder.write('main/load.ts', `import { a } from '../lib/a.ts'; console.log(a);`);
      const bundle = await bundleScript(file);
      expect(bundle).toMatchObject({ path: file, name: 'load.ts' });
      hashes.push(bundle.sha256);
    }

    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('shows file, line, column and a caret for a syntax error', async () => {
    using folder = new TempFolder();
    const file = folder.write('broken.ts', 'const a = 1;\n\tconst ü = a +;\n');

    expect(await failureOf(file)).toBe(
      `${file}:2:15: Unexpected ";"\n  \tconst ü = a +;\n  \t             ^`,
    );
  });

  it('points behind the last line of text where the file ends too early', async () => {
    using folder = new TempFolder();
    const file = folder.write('unclosed.ts', 'class A {\n  x = 1;\n\n');

    expect(await failureOf(file)).toBe(
      `${file}:2:9: Expected identifier but found end of file\n    x = 1;\n          ^`,
    );
  });

  it('names the importing line where an import is missing, also in another file', async () => {
    using folder = new TempFolder();
    const helper = folder.write('lib/helper.ts', `export * from './nowhere.ts';`);
    const file = folder.write('load.ts', `import './lib/helper.ts';\nimport 'no-such-package';`);

    const message = await failureOf(file);

    expect(message).toContain(`${helper}:1:15: Could not resolve "./nowhere.ts"`);
    expect(message).toContain(`${file}:2:8: Could not resolve "no-such-package"`);
  });

  it('says how to install the packages that are missing, and nothing of missing paths', async () => {
    using folder = new TempFolder();
    const file = folder.write(
      'load.ts',
      `import './nowhere.ts';\nimport '@scope/part/deep.js';\nimport 'no-such-package/x';`,
    );
    const path = folder.write('path.ts', `import './nowhere.ts';\nimport 'node:nothing';`);

    await expect(bundleScript(file)).rejects.toMatchObject({
      hint: 'Install it in the folder of the load file: npm install @scope/part no-such-package',
    });
    await expect(bundleScript(path)).rejects.toMatchObject({ hint: undefined });
  });

  it('says what is wrong with a path that is no load file', async () => {
    using folder = new TempFolder();
    const text = folder.write('load.txt', '');

    expect(await failureOf(join(folder.path, 'none.ts'))).toBe(
      `${join(folder.path, 'none.ts')}: no such load file`,
    );
    expect(await failureOf(folder.path)).toBe(`${folder.path}: is a directory, not a load file`);
    expect(await failureOf(text)).toBe(`${text}: a load file ends in .ts, .mts, .js, .mjs`);
  });
});

describe('a bundle as bytes', () => {
  const bundle = scriptBundle('/tmp/load.ts', 'load.ts', 'export const ü = 1;');

  it('comes back as it was', () => {
    expect(decodeBundle(encodeBundle(bundle))).toEqual(bundle);
  });

  it.each([
    ['no JSON', 'x{'],
    ['no object', '17'],
    ['no size of the code', `${JSON.stringify({ ...bundle, code: undefined })}\n`],
    ['a size below 0', `${JSON.stringify({ ...bundle, code: -1 })}\n`],
    ['less code than it says', `${JSON.stringify({ ...bundle, code: 30 })}\nexport`],
    ['a relative path', `${JSON.stringify({ ...bundle, path: 'load.ts', code: 0 })}\n`],
    ['a wrong hash', `${JSON.stringify({ ...bundle, code: 3 })}\na=2`],
  ])('is refused with %s', (_what, text) => {
    expect(() => decodeBundle(new TextEncoder().encode(text))).toThrow(
      /the script that arrived is (no bundle|damaged)/,
    );
  });

  it('is refused beyond 20 MB, with its size', () => {
    const big = scriptBundle('/tmp/load.ts', 'load.ts', 'x'.repeat(21 * 1024 * 1024));

    expect(() => encodeBundle(big)).toThrow('load.ts: 21.0 MB with everything it imports');
    expect(() => decodeBundle(new Uint8Array(22 * 1024 * 1024 + 1))).toThrow('at most 20 MB');
  });
});

describe('a bundle that is nearly too big', () => {
  const MEGABYTE = 1024 * 1024;
  const withText = (bytes: number): TempFolder => {
    const folder = new TempFolder();
    folder.write('big.txt', 'x'.repeat(bytes));
    folder.write('small.csv', 'a,b');
    folder.write(
      'loadfile.ts',
      `import big from './big.txt'; import a from './small.csv'; export { a, big };`,
    );
    return folder;
  };

  it('goes without the text of its sources where 14 MB would not fit with it, and keeps file and line', async () => {
    using folder = withText(14 * MEGABYTE);

    const { code } = await bundleScript(`${folder.path}/loadfile.ts`);

    expect(code.length).toBeGreaterThan(14 * MEGABYTE);
    expect(code.length).toBeLessThan(15 * MEGABYTE);
    expect(code).toContain('sourceMappingURL=data:');
  });

  it('counts 21 MB as 21.0 MB, without a source map, and names the biggest part first', async () => {
    using folder = withText(21 * MEGABYTE);

    const failure = bundleScript(`${folder.path}/loadfile.ts`);

    await expect(failure).rejects.toMatchObject({
      message: expect.stringMatching(
        /loadfile\.ts: 21\.0 MB with everything it imports, at most 20 MB/,
      ),
      hint: expect.stringMatching(/^The biggest parts: big\.txt \(21\.0 MB\), /),
    });
  });
});

describe('codeFrame', () => {
  it('shows 120 columns around the caret of a long line', () => {
    const lineText = `${'a'.repeat(500)}!${'b'.repeat(500)}`;

    const [, text = '', caret = ''] = codeFrame(
      { file: '/x/a.js', line: 1, column: 501, lineText },
      'bad',
    ).split('\n');

    expect(text.length).toBe(122);
    expect(text[caret.indexOf('^')]).toBe('!');
  });
});
