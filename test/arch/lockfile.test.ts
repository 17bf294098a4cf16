import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source-files.ts';

/** A parsed JSON file of the repository, known to be an object. */
function jsonFile(name: string): Record<string, unknown> {
  // A file of our own; the assertions below look at what they need.
  return JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as Record<string, unknown>;
}

it('locks the dependencies without the address of any registry', () => {
  const lockfile = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');

  expect(lockfile).not.toContain('"resolved"');
  expect([...lockfile.matchAll(/"integrity": "sha512-/g)].length).toBeGreaterThan(50);
});

it('names exact versions of every dependency, none in both lists', () => {
  const { dependencies, devDependencies } = jsonFile('package.json');
  const run = Object.entries(dependencies ?? {});
  const development = Object.entries(devDependencies ?? {});

  expect(
    [...run, ...development].filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version))),
  ).toEqual([]);
  expect(run.map(([name]) => name)).not.toEqual(
    expect.arrayContaining(development.map(([name]) => name)),
  );
});
