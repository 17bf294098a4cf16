import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleScript } from '../../../../src/script/bundle/bundle.ts';
import { requireDataPath } from '../../../../src/script/bundle/data-files.ts';
import {
  decodeBundle,
  encodeBundle,
  type ScriptBundle,
} from '../../../../src/script/bundle/script-bundle.ts';
import { loadScript } from '../../../../src/script/load/load-script.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

const USER = `import { User } from 'katydid';
export class A extends User { static tasks = [() => {}]; static seen = SEEN; }`;

/** Loads a bundle and gives back `A.seen`. */
async function seenBy(bundle: ScriptBundle): Promise<unknown> {
  const { classes } = await loadScript(bundle);
  return Reflect.get(classes[0]?.UserClass ?? {}, 'seen');
}

async function failureOf(path: string): Promise<string> {
  const thrown: unknown = await bundleScript(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Error)) throw new Error('it was bundled');
  return 'hint' in thrown ? `${thrown.message}\n${String(thrown.hint)}` : thrown.message;
}

describe('a file that a script names by import.meta.url', () => {
  it('is read from its place where that holds the same, and from a private copy where not', async () => {
    using folder = new TempFolder();
    folder.write('users.csv', 'name\nada\n');
    const file = folder.write(
      'load.ts',
      `import { readFileSync, statSync } from 'node:fs';
       const url = new URL('./users.csv', import.meta.url);
       ${USER.replace('SEEN', '{ url: url.href, text: readFileSync(url, "utf8"), mode: statSync(new URL(".", url)).mode & 0o777 }')}`,
    );
    const bundle = await bundleScript(file);

    const here = await seenBy(bundle);
    folder.remove();
    const elsewhere = await seenBy(decodeBundle(encodeBundle(bundle)));

    expect(here).toMatchObject({ url: `file://${folder.path}/users.csv`, text: 'name\nada\n' });
    expect(elsewhere).toMatchObject({ text: 'name\nada\n', mode: 0o700 });
    expect(elsewhere).not.toMatchObject({ url: `file://${folder.path}/users.csv` });
  });

  it('has the contents of the bundle also where another file lies in its place', async () => {
    using folder = new TempFolder();
    folder.write('users.csv', 'right');
    const file = folder.write(
      'load.ts',
      `import { readFileSync } from 'node:fs';
       ${USER.replace('SEEN', 'readFileSync(new URL("users.csv", import.meta.url), "utf8")')}`,
    );
    const bundle = await bundleScript(file);
    folder.write('users.csv', 'other');

    expect(await seenBy(bundle)).toBe('right');
  });

  it('is beside the module that names it, above the load file too', async () => {
    using folder = new TempFolder();
    folder.write('data/all.txt', 'above');
    folder.write('lib/own.txt', 'own');
    folder.write(
      'lib/read.ts',
      `import { readFileSync } from 'node:fs';
       export const own = readFileSync(new URL('./own.txt', import.meta.url), 'utf8');
       export const above = readFileSync(new URL('../data/all.txt', import.meta.url), 'utf8');`,
    );
    const file = folder.write(
      'main/load.ts',
      `import { own, above } from '../lib/read.ts';\n${USER.replace('SEEN', '[own, above]')}`,
    );
    const bundle = await bundleScript(file);
    folder.remove();

    expect(bundle.files.map((each) => each.path)).toEqual(['../data/all.txt', '../lib/own.txt']);
    expect(await seenBy(bundle)).toEqual(['own', 'above']);
  });

  it('is an error with its line where it is missing, but not in a comment', async () => {
    using folder = new TempFolder();
    const file = folder.write(
      'load.ts',
      `// like new URL('./none.csv', import.meta.url)\nconst u = new URL('./none.csv', import.meta.url);\n`,
    );

    expect(await failureOf(file)).toContain(
      `${file}:2:11: the data file ./none.csv is missing: looked for ${join(folder.path, 'none.csv')}`,
    );
  });

  it('changes the hash of the script when its contents change', async () => {
    using folder = new TempFolder();
    const hashes: string[] = [];
    for (const text of ['a', 'b', 'a']) {
      folder.write('x.txt', text);
      const file = folder.write('load.ts', `new URL('./x.txt', import.meta.url);`);
      hashes.push((await bundleScript(file)).sha256);
    }

    expect(hashes[0]).toBe(hashes[2]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('leaves lines and columns of errors where they are', async () => {
    using folder = new TempFolder();
    folder.write('x.txt', 'x');
    const file = folder.write(
      'load.ts',
      `new URL('./x.txt', import.meta.url); throw new Error('boom');`,
    );

    await expect(loadScript(await bundleScript(file))).rejects.toThrow(`${file}:1:44: Error: boom`);
  });
});

describe('imports of data', () => {
  it('give .csv and .txt as text and .json parsed', async () => {
    using folder = new TempFolder();
    folder.write('users.csv', 'a,b\n');
    folder.write('note.txt', 'hello');
    folder.write('data.json', '{"n":1}');
    const file = folder.write(
      'load.ts',
      `import users from './users.csv'; import note from './note.txt'; import data from './data.json';
       ${USER.replace('SEEN', '[users, note, data]')}`,
    );
    const bundle = await bundleScript(file);
    folder.remove();

    expect(await seenBy(bundle)).toEqual(['a,b\n', 'hello', { n: 1 }]);
  });
});

describe('a bundle over 20 MB', () => {
  it('is refused with its biggest parts', async () => {
    using folder = new TempFolder();
    folder.write('big.csv', 'x'.repeat(21 * 1024 * 1024));
    const file = folder.write('load.ts', `new URL('./big.csv', import.meta.url);`);

    const message = await failureOf(file);

    expect(message).toMatch(/load\.ts: 21\.0 MB with everything it imports, at most 20 MB/);
    expect(message).toContain('The biggest parts: big.csv (21.0 MB), load.ts (0.0 MB).');
  });
});

describe('a bundle that arrives', () => {
  it('may not write outside of its folder of copies', () => {
    for (const path of [
      '/etc/passwd',
      'a/../../x',
      '..',
      '../',
      'a//b',
      '',
      './a',
      'a\\b',
      'a\0',
    ]) {
      expect(() => requireDataPath(path), path).toThrow('no proper path');
    }
    expect(requireDataPath('../../data/a b.csv')).toBe('../../data/a b.csv');
  });

  it('is refused where a data file is cut short or was changed', async () => {
    using folder = new TempFolder();
    folder.write('x.txt', 'abc');
    const file = folder.write('load.ts', `new URL('./x.txt', import.meta.url);`);
    const bytes = encodeBundle(await bundleScript(file));
    const changed = bytes.slice();
    changed[changed.length - 1] = 0;

    expect(() => decodeBundle(bytes.subarray(0, -1))).toThrow('damaged');
    expect(() => decodeBundle(changed)).toThrow('damaged');
    expect(readFileSync(join(folder.path, 'x.txt'), 'utf8')).toBe('abc');
  });
});
