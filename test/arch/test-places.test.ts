import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, sourceFiles } from './source-files.ts';

/** Folders of tests that are about no folder of `src`, and why. */
const OWN_FOLDERS: Readonly<Record<string, string>> = {
  docs: 'holds the documents against what they describe',
  support: 'tests the helpers of tests',
  cluster: 'plays a master and its workers together, across layers',
};

const nameOf = (path: string): string => basename(path).replace(/(?:\.test)?\.tsx?$/, '');

/** Tests that mirror `src`, each with its folder below `test/unit` or `test/property`. */
const mirrored = ['test/unit', 'test/property'].flatMap((root) =>
  sourceFiles(root)
    .filter(({ path }) => /\.test\.tsx?$/.test(path))
    .map(({ path }) => ({ path, folder: dirname(path.slice(root.length + 1)) }))
    .filter(({ folder }) => OWN_FOLDERS[folder] === undefined),
);

describe('an integration test', () => {
  it('lies in a folder of its subject: a layer of src, or one of those without a counterpart', () => {
    const lost = sourceFiles('test/integration').filter(({ path }) => {
      const subject = dirname(path).slice('test/integration/'.length);
      return OWN_FOLDERS[subject] === undefined && !existsSync(join(ROOT, 'src', subject || '?'));
    });

    expect(lost.map(({ path }) => path)).toEqual([]);
  });
});

describe('a test of one file', () => {
  it('is found, and so are the folders without a counterpart', () => {
    expect(mirrored.length).toBeGreaterThan(80);
    const folders = ['test/unit', 'test/property'].flatMap((root) =>
      Object.keys(OWN_FOLDERS).filter((folder) => existsSync(join(ROOT, root, folder))),
    );
    expect(folders.sort()).toEqual(Object.keys(OWN_FOLDERS).sort());
  });

  it('lies in a folder that src has too', () => {
    const lost = mirrored.filter(({ folder }) => !existsSync(join(ROOT, 'src', folder)));

    expect(lost.map(({ path }) => path)).toEqual([]);
  });

  it('lies in the room of the file that it is named after', () => {
    const sources = sourceFiles('src');
    const misplaced = mirrored.flatMap(({ path, folder }) => {
      const [layer] = folder.split('/');
      const rooms = sources
        .filter((file) => file.layer === layer && nameOf(file.path) === nameOf(path))
        .map((file) => dirname(file.path));
      const isAtHome = rooms.length === 0 || rooms.includes(`src/${folder}`);
      return isAtHome ? [] : [`${path} belongs beside ${rooms.join(', ')}`];
    });

    expect(misplaced).toEqual([]);
  });
});
