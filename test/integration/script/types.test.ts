import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../../../src/script/bundle/bundle.ts';
import { loadfileTemplate, tsconfigTemplate } from '../../../src/script/bundle/template.ts';
import { loadScript } from '../../../src/script/load/load-script.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TYPE_ROOTS = join(ROOT, 'node_modules/@types');
const TYPED = join(ROOT, 'test/fixtures/scripts/typed');

/** What the compiler prints; empty where it has no objection. */
function compile(project: string): Promise<string> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', project], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

describe('the types of a load file', () => {
  const folder = new TempFolder();

  // Declarations as `npm run build` makes them, away from the packages that katydid is developed with.
  beforeAll(async () => {
    const config = {
      extends: join(ROOT, 'tsconfig.build.json'),
      compilerOptions: {
        rootDir: join(ROOT, 'src'),
        outDir: join(folder.path, 'dist'),
        emitDeclarationOnly: true,
        isolatedDeclarations: false,
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: [],
      files: [join(ROOT, 'src/index.ts')],
    };
    const project = folder.write('build.json', JSON.stringify(config));
    expect(await compile(project)).toBe('');
  });

  afterAll(() => folder.remove());

  it('accept what `katydid init` writes, under strict, in an empty folder', async () => {
    const ofNode = `import { readFileSync } from 'node:fs';
      export const region: string = process.env['REGION'] ?? readFileSync('region.txt', 'utf8');
      export const bytes: Buffer = Buffer.from(region);`;
    folder.write('init/loadfile.ts', `${loadfileTemplate()}\n${ofNode}`);
    const project = folder.write(
      'init/tsconfig.json',
      tsconfigTemplate(join(folder.path, 'dist/index.d.ts'), TYPE_ROOTS),
    );

    expect(await compile(project)).toBe('');
  });

  it('accept every form that a load file may take, and refuse mistakes', async () => {
    for (const name of ['loadfile.ts', 'mistakes.ts']) {
      folder.write(`typed/${name}`, readFileSync(join(TYPED, name), 'utf8'));
    }
    const project = folder.write(
      'typed/tsconfig.json',
      tsconfigTemplate(join(folder.path, 'dist/index.d.ts'), TYPE_ROOTS),
    );

    expect(await compile(project)).toBe('');
  });
});

describe('a load file with every form that it may take', () => {
  it('loads, with all its classes and tasks', async () => {
    const { classes } = await loadScript(await bundleScript(join(TYPED, 'loadfile.ts')));

    expect(classes.map((each) => [each.name, each.taskNames.join(' ')])).toEqual([
      ['Constant', 'once'],
      ['Paced', 'a b'],
      ['Plain', 'talk'],
      [
        'Shopper',
        'inherited plain named named Walk.a Walk.b Checkout.first Checkout.second ' +
          'front buy withOptional Forum.read Forum.post Inline.read',
      ],
    ]);
  });
});

describe('what `katydid init` writes', () => {
  it('loads, with one class and its two tasks', async () => {
    using folder = new TempFolder();
    const file = folder.write('loadfile.ts', loadfileTemplate());

    const { classes } = await loadScript(await bundleScript(file));

    expect(classes).toMatchObject([
      {
        name: 'ApiUser',
        host: 'http://127.0.0.1:8000',
        taskNames: ['delayJob', 'checkedDelayJob'],
      },
    ]);
  });
});
