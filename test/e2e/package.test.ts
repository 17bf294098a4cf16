import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { startTarget, type Target } from '../../src/target/target-server.ts';
import { TempFolder } from '../support/temp-folder.ts';

/** Where the Node is that katydid needs; the machine's own may be too old. */
const NODE_FOLDER = dirname(process.execPath);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Beside what the build makes of `src`, the whole content of the package. */
const OTHER_FILES = ['CHANGELOG.md', 'LICENSE', 'README.md', 'examples/demo.ts', 'package.json'];

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** The environment of somebody who has never heard of this repository: its own npm, no options of ours. */
function foreignEnvironment(firstOnPath: readonly string[]): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env;
  // npm goes with the Node that it came with, which knows the machine's certificates.
  const own = PATH.split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:KATYDID_|npm_(?:package|lifecycle|config_\w*prefix)|NODE_OPTIONS|VITEST)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [...firstOnPath, ...own].join(delimiter),
    CI: 'true',
  };
}

/** Runs a program to its end. */
function execute(
  program: string,
  args: readonly string[],
  cwd: string,
  firstOnPath: readonly string[] = [],
): Promise<Ended> {
  const options = { cwd, env: foreignEnvironment(firstOnPath), maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (_, out, err) => {
      resolve({ status: child.exitCode ?? -1, out, err });
    });
    child.stdin?.end();
  });
}

/** The same, for what must succeed. */
async function succeed(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { status, out, err } = await execute(program, args, cwd);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status}\n${err}${out}`);
  return out;
}

let folder: TempFolder;
let packed: readonly string[];
let target: Target;

beforeAll(async () => {
  folder = new TempFolder();
  if (!existsSync(join(ROOT, 'dist/cli/main.js'))) {
    await succeed(process.execPath, ['scripts/build.mjs'], ROOT);
  }
  // Without scripts: `prepare` would build anew under the feet of the other tests.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder.path];
  // npm's own format: one entry a package, since version 11 keyed by its name.
  const report = JSON.parse(await succeed('npm', args, ROOT)) as unknown;
  const [entry] = Object.values(report as object) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  packed = entry?.files.map(({ path }) => path).sort() ?? [];
  folder.write('package.json', '{ "name": "somebody", "private": true }');
  await succeed(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', folder.file(entry?.filename ?? '')],
    folder.path,
  );
  target = await startTarget({ port: 0, host: '127.0.0.1', clock: systemClock });
});

afterAll(async () => {
  await target?.close();
  folder.remove();
});

const katydid = (...args: string[]): Promise<Ended> =>
  execute(folder.file('node_modules/.bin/katydid'), args, folder.path, [NODE_FOLDER]);

describe('the package', () => {
  it('holds what the build makes of src, the demo script and four documents, and nothing else', () => {
    const built = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .flatMap((name) => {
        if (name.endsWith('.d.ts')) return [`dist/${name}`];
        return ['.js', '.d.ts'].map((end) => `dist/${name.replace(/\.tsx?$/, end)}`);
      });

    expect(packed).toEqual([...built, ...OTHER_FILES].sort());
  });

  it('refers to its own declarations of .csv and .txt, and to no file outside', () => {
    const index = folder.read('node_modules/katydid/dist/index.d.ts');

    expect(index).toContain('<reference path="./data-modules.d.ts"');
    expect(index).not.toContain('../src');
  });

  it('brings none of the packages that are for development alone', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const installed = Object.keys(devDependencies).filter((name) =>
      folder.has(join('node_modules', name)),
    );

    expect(installed).toEqual([]);
  });

  it('gives npx the command katydid, which says the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly version: string;
    };

    const { status, out } = await execute(
      'npx',
      ['--no-install', 'katydid', '--version'],
      folder.path,
      [NODE_FOLDER],
    );

    expect({ status, out: out.trim() }).toEqual({
      status: 0,
      out: expect.stringContaining(version),
    });
  });

  it('writes a load file, and runs it with 2 workers against a server that counted the same', async () => {
    const before = target.truth().total;

    const init = await katydid('init', 'load-test');
    const run = await katydid(
      ...['run', 'load-test/loadfile.ts', '-H', target.url, '-u', '4', '-r', '20', '-t', '2s'],
      ...['-w', '2', '--port', '0', '--json', 'out.json', '--csv', 'out'],
    );

    expect(init).toMatchObject({ status: 0 });
    expect(run).toMatchObject({ status: 0 });
    const summary = JSON.parse(folder.read('out.json')) as {
      readonly ledger: { readonly sent: number; readonly unknown: number };
    };
    expect(summary.ledger.sent).toBeGreaterThan(0);
    expect(summary.ledger).toMatchObject({ sent: target.truth().total - before, unknown: 0 });
    expect(folder.read('out_stats.csv')).toContain('Aggregated');
  });

  it('runs the demo for 1 s', async () => {
    const demo = await katydid(
      'demo',
      '--headless',
      '-t',
      '1s',
      '-u',
      '4',
      '-r',
      '20',
      '--port',
      '0',
    );

    expect(demo).toMatchObject({ status: 0 });
    expect(demo.out).toContain('/delay-job');
  });
});
