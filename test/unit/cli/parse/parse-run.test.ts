import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  MasterOptions,
  PlanOptions,
  RunOptions,
} from '../../../../src/cli/options/table/option-values.ts';
import { parsed } from '../../../support/command-lines.ts';
import { HTTP_CLIENT_DEFAULTS } from '../../../support/http-client-defaults.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

let folder: TempFolder;

beforeAll(() => {
  folder = new TempFolder();
  folder.write('loadfile.ts');
  folder.write('shop.ts');
});
afterAll(() => folder.remove());

/** Every option of `run` with its default; `satisfies` makes it complete. */
const RUN_DEFAULTS = {
  ...HTTP_CLIENT_DEFAULTS,
  host: undefined,
  users: 1,
  spawnRate: 1,
  runTimeSeconds: undefined,
  stopTimeoutSeconds: 10,
  resetStats: false,
  seed: undefined,
  workers: 'auto',
  loadfile: undefined,
  tags: [],
  excludeTags: [],
  scriptEnv: {},
  settings: {},
  iterations: undefined,
  method: undefined,
  headers: [],
  data: undefined,
  targetsFile: undefined,
  workerWaitSeconds: 0,
  rebalance: true,
  once: false,
  trace: 'off',
  headless: undefined,
  progressSeconds: 5,
  onlySummary: false,
  csvPrefix: undefined,
  csvFullHistory: false,
  jsonFile: undefined,
  outFile: undefined,
  labels: {},
  exitCodeOnError: 1,
  strict: false,
  logLevel: 'info',
  logFile: undefined,
  lateAfterSeconds: 3,
  lostAfterSeconds: 15,
  orphanTimeoutSeconds: 30,
  rejoinTimeoutSeconds: 600,
  joinTimeoutSeconds: 60,
  bind: '127.0.0.1',
  port: 5557,
  token: undefined,
  tokenFile: undefined,
  noTls: false,
} satisfies Record<keyof RunOptions, unknown>;

describe('katydid run without options', () => {
  it('has every default of the contract', async () => {
    const { options, sources } = await parsed('run', '', folder.path);

    expect(options).toStrictEqual({ ...RUN_DEFAULTS, configFile: undefined });
    expect(new Set(sources.values())).toStrictEqual(new Set(['default']));
  });

  it('takes loadfile.ts of the working directory and all its classes', async () => {
    const { script } = await parsed('run', '', folder.path);

    expect(script).toStrictEqual({
      source: { kind: 'file', path: join(folder.path, 'loadfile.ts') },
      userClasses: [],
    });
  });
});

describe('other commands without options', () => {
  it('master binds to 0.0.0.0 and expects 1 worker', async () => {
    const { options } = await parsed('master', '', folder.path);

    expect(options satisfies MasterOptions).toMatchObject({
      bind: '0.0.0.0',
      port: 5557,
      expectWorkers: 1,
      expectWorkersMaxWaitSeconds: undefined,
    });
    expect(Object.keys(options)).not.toContain('workers');
  });

  it('plan takes the options that decide the plan, and --json without a value', async () => {
    const { options } = await parsed('plan', '-u 3 --json shop.ts', folder.path);

    expect(options satisfies PlanOptions).toMatchObject({
      users: 3,
      workers: 'auto',
      asJson: true,
    });
  });

  it('demo has 2 workers and every option of run', async () => {
    const { options } = await parsed('demo', '', folder.path);

    expect(options.workers).toBe(2);
    expect(options.users).toBe(100);
  });

  it('target listens on 127.0.0.1:8000', async () => {
    const { options } = await parsed('target', '', folder.path);

    expect(options).toStrictEqual({ bind: '127.0.0.1', port: 8000 });
  });

  it('worker takes its master as an argument or as --master, port 5557 by default', async () => {
    const token = '--token kd1.notls.abcdefghijklmnop';

    const asArgument = await parsed('worker', `ws://10.0.0.5 ${token}`, folder.path);
    const asOption = await parsed('worker', `--master wss://[::1]:80/ ${token}`, folder.path);

    expect(asArgument.options.masterUrl).toBe('ws://10.0.0.5:5557');
    expect(asOption.options.masterUrl).toBe('wss://[::1]:80');
  });

  it('report and init give absolute paths', async () => {
    expect((await parsed('report', 'a.katydid', '/data')).runFile).toBe('/data/a.katydid');
    expect((await parsed('init', '', '/data')).folder).toBe('/data');
    expect(await parsed('init', 'x --force', '/data')).toMatchObject({
      folder: '/data/x',
      options: { force: true },
    });
  });
});

describe('values', () => {
  it.each([
    ['-t 90', 90],
    ['-t 90s', 90],
    ['-t 5m', 300],
    ['-t 1h30m', 5400],
    ['--run-time=250ms', 0.25],
  ])('reads the run time %s as %d seconds', async (line, seconds) => {
    expect((await parsed('run', line, folder.path)).options.runTimeSeconds).toBe(seconds);
  });

  it.each([
    ['-u 1', 'users', 1],
    ['-u1000000', 'users', 1_000_000],
    ['--users=7', 'users', 7],
    ['-u 5 -u 6', 'users', 6],
    ['-r 0.5', 'spawnRate', 0.5],
    ['-r .25', 'spawnRate', 0.25],
    ['-w auto', 'workers', 'auto'],
    ['-w 4', 'workers', 4],
    ['--processes 4', 'workers', 4],
    ['-H http://localhost:8000/', 'host', 'http://localhost:8000'],
    ['-H https://example.org/api', 'host', 'https://example.org/api'],
    ['-H tcp://127.0.0.1:7000', 'host', 'tcp://127.0.0.1:7000'],
    ['--headless', 'headless', true],
    ['--headless=false', 'headless', false],
    ['-L WARNING', 'logLevel', 'warn'],
    ['-L critical', 'logLevel', 'error'],
    ['-s 0', 'stopTimeoutSeconds', 0],
    ['--progress 0', 'progressSeconds', 0],
    ['--seed 0', 'seed', 0],
    ['--exit-code-on-error 0', 'exitCodeOnError', 0],
    ['--json -', 'jsonFile', '-'],
    ['--csv=--odd', 'csvPrefix', '--odd'],
    ['--bind [::1]', 'bind', '::1'],
    ['--port 0', 'port', 0],
    ['-T a,b -T c', 'tags', ['a', 'b', 'c']],
    ['-E slow', 'excludeTags', ['slow']],
  ] as const)('reads %s', async (line, key, value) => {
    const { options, sources } = await parsed('run', line, folder.path);

    expect(options[key]).toStrictEqual(value);
    expect(sources.get(key)).toBe('command line');
  });

  it('collects -e, --label and --set', async () => {
    const line =
      '-e A=1 -e B=x=y -e C= --label commit=4f --set Shop.weight=3 --set Shop.host=http://a';

    const { options } = await parsed('run', line, folder.path);

    expect(options.scriptEnv).toStrictEqual({ A: '1', B: 'x=y', C: '' });
    expect(options.labels).toStrictEqual({ commit: '4f' });
    expect(options.settings).toStrictEqual({ 'Shop.weight': '3', 'Shop.host': 'http://a' });
  });
});

describe('load file, URL and classes', () => {
  it.each([
    ['shop.ts', 'shop.ts', []],
    ['shop.ts Buyer Looker', 'shop.ts', ['Buyer', 'Looker']],
    ['Buyer', 'loadfile.ts', ['Buyer']],
    ['-f shop.ts Buyer', 'shop.ts', ['Buyer']],
    ['--locustfile shop.ts', 'shop.ts', []],
    ['./shop.ts', 'shop.ts', []],
  ])('reads %s', async (line, file, userClasses) => {
    const { script } = await parsed('run', line, folder.path);

    expect(script).toStrictEqual({
      source: { kind: 'file', path: join(folder.path, file) },
      userClasses,
    });
  });

  it('takes a URL in place of a load file, as typed', async () => {
    const { script } = await parsed('run', 'http://localhost:8000/a/?b=c', folder.path);

    const url = 'http://localhost:8000/a/?b=c';
    expect(script.source).toStrictEqual({
      kind: 'url',
      requests: { name: url, targets: [{ method: 'GET', url }], headers: [] },
    });
  });

  it('lets an argument win over the load file of the environment', async () => {
    const env = { KATYDID_LOADFILE: 'loadfile.ts' };

    const { script } = await parsed('run', 'shop.ts', folder.path, env);

    expect(script.source).toStrictEqual({ kind: 'file', path: join(folder.path, 'shop.ts') });
  });

  it('falls back to loadfile.js', async () => {
    const other = new TempFolder();
    const path = other.write('loadfile.js');

    const { script } = await parsed('plan', '', other.path);

    expect(script.source).toStrictEqual({ kind: 'file', path });
    other.remove();
  });
});

describe('tags separated by spaces', () => {
  it('takes all words up to the next option after the load file', async () => {
    const { options, script } = await parsed('run', 'shop.ts -T a b -u 3 Buyer', folder.path);

    expect(options.tags).toStrictEqual(['a', 'b']);
    expect(script.userClasses).toStrictEqual(['Buyer']);
  });

  it('takes them where the load file is given by -f, too', async () => {
    const { options } = await parsed('run', '-T a b -E c d -f shop.ts', folder.path);

    expect(options).toMatchObject({ tags: ['a', 'b'], excludeTags: ['c', 'd'] });
  });

  it('takes one word before the load file', async () => {
    const { options, script } = await parsed('run', '-T a shop.ts Buyer', folder.path);

    expect(options.tags).toStrictEqual(['a']);
    expect(script.userClasses).toStrictEqual(['Buyer']);
  });
});
