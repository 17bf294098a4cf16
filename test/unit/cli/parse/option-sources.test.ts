import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsed, usageErrorOf } from '../../../support/command-lines.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('loadfile.ts');
});
afterEach(() => folder.remove());

const config = (content: unknown): string =>
  folder.write('katydid.config.json', JSON.stringify(content));

describe('precedence', () => {
  it('is command line over environment over file over default', async () => {
    config({ users: 1, spawnRate: 1, runTime: '1m', seed: 1 });
    const env = { KATYDID_USERS: '2', KATYDID_SPAWN_RATE: '2' };

    const { options, sources } = await parsed('run', '-u 3', folder.path, env);

    expect(options).toMatchObject({ users: 3, spawnRate: 2, runTimeSeconds: 60, seed: 1 });
    expect(
      ['users', 'spawnRate', 'seed', 'port'].map((key) => sources.get(key as 'users')),
    ).toEqual(['command line', 'environment', 'config file', 'default']);
  });

  it('does not look at a bad value that a stronger place overrides', async () => {
    config({ users: -1 });

    const { options } = await parsed('run', '-u 3', folder.path, { KATYDID_USERS: 'abc' });

    expect(options.users).toBe(3);
  });

  it('lets the stronger of token and token file win', async () => {
    const env = { KATYDID_TOKEN: 'a secret-of-16-char'.replace(' ', '') };

    const { options } = await parsed('master', '--token-file t', folder.path, env);

    expect(options).toMatchObject({ token: undefined, tokenFile: 't' });
  });
});

describe('environment', () => {
  it.each([
    ['KATYDID_HEADLESS', '1', { headless: true }],
    ['KATYDID_HEADLESS', 'true', { headless: true }],
    ['KATYDID_HEADLESS', '0', { headless: false }],
    ['KATYDID_NO_TLS', 'FALSE', { noTls: false }],
    ['KATYDID_PROCESSES', '3', { workers: 3 }],
    ['KATYDID_TAGS', 'a,b', { tags: ['a', 'b'] }],
    ['KATYDID_ENV', 'A=1,B=2', { scriptEnv: { A: '1', B: '2' } }],
    ['KATYDID_ENV', '{"A":"1,2"}', { scriptEnv: { A: '1,2' } }],
    ['KATYDID_CSV', '', { csvPrefix: undefined }],
  ])('%s=%s', async (name, value, wanted) => {
    const { options } = await parsed('run', '', folder.path, { [name]: value });

    expect(options).toMatchObject(wanted);
  });

  it.each([
    [
      'KATYDID_USRES',
      '5',
      'unknown environment variable KATYDID_USRES: did you mean KATYDID_USERS?',
    ],
    ['KATYDID_BANANA', '5', 'unknown environment variable KATYDID_BANANA'],
    ['KATYDID_HTML', 'x', 'KATYDID_HTML: this version does not have --html yet'],
    ['KATYDID_USERS', 'abc', 'KATYDID_USERS: got "abc", wanted a whole number from 1 to 1,000,000'],
    ['KATYDID_HEADLESS', 'yes', 'KATYDID_HEADLESS: got "yes", wanted 1, true, 0 or false'],
    ['KATYDID_ENV', '{"A"', 'KATYDID_ENV: got "{\\"A\\"", wanted KEY=VALUE, such as REGION=eu'],
  ])('refuses %s=%s', async (name, value, message) => {
    expect((await usageErrorOf(['run'], folder.path, { [name]: value })).message).toBe(message);
  });

  it('passes over what Kubernetes sets for a service called katydid, and what is internal', async () => {
    const env = {
      KATYDID_PORT: 'tcp://10.0.0.1:5557',
      KATYDID_SERVICE_HOST: '10.0.0.1',
      KATYDID_SERVICE_PORT: '5557',
      KATYDID_SERVICE_PORT_WS: '5557',
      KATYDID_PORT_5557_TCP: 'tcp://10.0.0.1:5557',
      KATYDID_PORT_5557_TCP_ADDR: '10.0.0.1',
      KATYDID_MASTER_PORT: 'tcp://10.0.0.1:5557',
      KATYDID_INTERNAL_ANYTHING: '1',
    };

    const { options } = await parsed('run', '', folder.path, env);

    expect(options.port).toBe(5557);
  });

  it('holds for the target, but not for init', async () => {
    const env = { KATYDID_PORT: '0', KATYDID_USRES: '5' };

    expect((await usageErrorOf(['target'], folder.path, env)).message).toContain('KATYDID_USRES');
    expect((await parsed('init', '', folder.path, env)).options.force).toBe(false);
  });
});

describe('configuration file', () => {
  it('takes every kind of value', async () => {
    config({
      users: '7',
      headless: true,
      tags: ['a', 'b,c'],
      excludeTags: 'd',
      env: { A: 1, B: 'x' },
      set: { 'Shop.weight': 3 },
      label: {},
      host: null,
      json: 'out.json',
    });

    const { options } = await parsed('run', '', folder.path);

    expect(options).toMatchObject({
      users: 7,
      headless: true,
      tags: ['a', 'b', 'c'],
      excludeTags: ['d'],
      scriptEnv: { A: '1', B: 'x' },
      settings: { 'Shop.weight': '3' },
      labels: {},
      host: undefined,
      jsonFile: 'out.json',
    });
  });

  it('leaves the options of other commands alone', async () => {
    config({ json: 'out.json', expectWorkers: 3, port: 1234 });

    const plan = await parsed('plan', '', folder.path);
    const target = await parsed('target', '', folder.path);

    expect(plan.options.asJson).toBe(false);
    expect(target.options.port).toBe(8000);
  });

  it('tells every problem at once', async () => {
    config({ usres: 1, html: 'x', headless: 'yes', port: [1], users: 0, tags: 3, env: [1] });

    const { message } = await usageErrorOf(['run'], folder.path);

    const file = '  - katydid.config.json:';
    expect(message.split('\n')).toStrictEqual([
      '7 problems:',
      `${file} unknown option "usres": did you mean users?`,
      `${file} html: this version does not have --html yet`,
      `${file} headless: got "yes", wanted true or false`,
      `${file} port: got an array, wanted P as a string or number`,
      `${file} tags: got 3, wanted an array of strings`,
      `${file} env: got an array, wanted an object of K=V, or an array of such strings`,
      `${file} users: got "0", wanted a whole number from 1 to 1,000,000`,
    ]);
  });

  it.each([
    [
      '{\n  "users": 5,\n  "a" 3 }',
      "no valid JSON at line 3, column 7: Expected ':' after property name",
    ],
    [
      '{\n  "users": 5',
      "no valid JSON at line 2, column 13: Expected ',' or '}' after property value",
    ],
    ['', 'no valid JSON at line 1, column 1: Unexpected end of JSON input'],
    ['[]', 'wanted an object with options, and found an array'],
    ['null', 'wanted an object with options, and found null'],
  ])('refuses the JSON %j', async (content, problem) => {
    folder.write('katydid.config.json', content);

    const { message } = await usageErrorOf(['run'], folder.path);

    expect(message).toBe(`katydid.config.json: ${problem}`);
  });

  it('takes the default export of a TypeScript file, also a function', async () => {
    folder.write('katydid.config.ts', 'const users: number = 9;\nexport default { users };\n');
    folder.write('other.config.mts', 'export default async () => ({ users: 11 as number });\n');

    const found = await parsed('run', '', folder.path);
    const asked = await parsed('run', '--config other.config.mts', folder.path);
    const byVariable = await parsed('run', '', folder.path, { KATYDID_CONFIG: 'other.config.mts' });

    expect([found, asked, byVariable].map(({ options }) => options.users)).toEqual([9, 11, 11]);
  });

  it('prefers katydid.config.ts to .json', async () => {
    config({ users: 1 });
    folder.write('katydid.config.ts', 'export default { users: 2 };\n');

    expect((await parsed('run', '', folder.path)).options.users).toBe(2);
  });

  it.each([
    [
      'e.js',
      'export const x = 3;\n',
      'e.js: wanted an object with options, and found no default export',
    ],
    ['f.mjs', '\n\nthrow new Error("no luck");\n', 'no luck'],
  ])('refuses %s', async (name, content, problem) => {
    folder.write(name, content);

    const { message } = await usageErrorOf(['run', '--config', name], folder.path);

    expect(message).toContain(problem);
  });

  it('says that the named file does not exist', async () => {
    const { message } = await usageErrorOf(['run', '--config', 'no.json'], folder.path);

    expect(message).toBe('no.json: this configuration file does not exist');
  });

  it('switches a flag that is on by itself off in every place', async () => {
    const { path } = folder;
    const rebalances = async (line: string, env = {}): Promise<boolean> =>
      (await parsed('run', line, path, env)).options.rebalance;

    expect(await rebalances('')).toBe(true);
    expect(await rebalances('--no-rebalance')).toBe(false);
    expect(await rebalances('--rebalance=false')).toBe(false);
    expect(await rebalances('', { KATYDID_REBALANCE: '0' })).toBe(false);
    expect(await rebalances('--rebalance', { KATYDID_REBALANCE: '0' })).toBe(true);
    config({ rebalance: false });
    expect(await rebalances('')).toBe(false);
    expect((await usageErrorOf(['run', '--no-headless'], path)).message).toContain(
      'unknown option --no-headless',
    );
  });
});
