import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGuide } from '../support/guide-blocks.ts';
import { TempFolder } from '../support/temp-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');
const TYPE_ROOTS = [join(ROOT, 'node_modules/@types')];

/** As `katydid init` sets it up, with the types of Node, which some scripts use. */
const STRICT = {
  strict: true,
  noEmit: true,
  target: 'es2024',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2024', 'esnext.decorators', 'dom', 'dom.iterable'],
  types: ['node'],
  typeRoots: TYPE_ROOTS,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  skipLibCheck: true,
};

/** What the compiler prints; empty where it has no objection. */
function compile(project: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMPILER, '-p', project], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

describe('under strict, against the declarations that are published', () => {
  const folder = new TempFolder();
  const paths = { katydid: [join(folder.path, 'dist/index.d.ts')] };

  // As `npm run build` makes them, from the sources of this moment.
  beforeAll(async () => {
    const project = folder.write(
      'build.json',
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.build.json'),
        compilerOptions: {
          rootDir: join(ROOT, 'src'),
          outDir: join(folder.path, 'dist'),
          emitDeclarationOnly: true,
          isolatedDeclarations: false,
          typeRoots: TYPE_ROOTS,
        },
        include: [],
        files: [join(ROOT, 'src/index.ts')],
      }),
    );
    expect(await compile(project)).toBe('');
  });

  afterAll(() => folder.remove());

  it('every example compiles', async () => {
    cpSync(join(ROOT, 'examples'), join(folder.path, 'examples'), { recursive: true });
    const project = folder.write(
      'examples/tsconfig.json',
      JSON.stringify({ compilerOptions: { ...STRICT, paths }, include: ['**/*.ts'] }),
    );

    expect(await compile(project)).toBe('');
  });

  it('the whole API has the types that it should have, and mistakes are refused', async () => {
    cpSync(join(ROOT, 'test/fixtures/types'), join(folder.path, 'api'), { recursive: true });
    const project = folder.write(
      'api/tsconfig.json',
      JSON.stringify({ compilerOptions: { ...STRICT, paths }, include: ['*.ts'] }),
    );

    expect(await compile(project)).toBe('');
  });

  it.each(['load-file.md', 'from-locust.md'])('every block of docs/%s compiles', async (name) => {
    const { blocks, files } = readGuide(name);
    for (const [file, text] of files) folder.write(`${name}-blocks/${file}`, text);
    // One file each: their classes have the same names.
    for (const { place, code } of blocks) {
      folder.write(`${name}-blocks/${place.replace(':', '-line-')}.ts`, `${code}export {};\n`);
    }
    const project = folder.write(
      `${name}-blocks/tsconfig.json`,
      JSON.stringify({ compilerOptions: { ...STRICT, paths }, include: ['*.ts'] }),
    );

    expect(await compile(project)).toBe('');
  });
});
