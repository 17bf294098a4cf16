import { beforeEach, describe, expect, it } from 'vitest';
import {
  declaredOptions,
  defineOptions,
  giveOptions,
} from '../../../../src/script/host/define-options.ts';
import { environment } from '../../../../src/script/host/environment.ts';
import { enterProcess } from '../../../../src/script/host/script-process.ts';
import { loadFailure } from '../../../support/loaded-script.ts';

beforeEach(() => {
  enterProcess({
    role: 'master',
    workerIndex: -1,
    workerCount: 0,
    host: '',
    options: { users: 5 },
  });
});

describe('defineOptions', () => {
  it('gives what was given and else the defaults, also in environment.options', () => {
    giveOptions({ region: 'us', stranger: 1 });

    const options = defineOptions({
      region: { choices: ['eu', 'us'], default: 'eu' },
      pages: { default: 3 },
      dryRun: { default: false },
      apiKey: { secret: true },
    });

    expect(options).toEqual({ region: 'us', pages: 3, dryRun: false, apiKey: undefined });
    expect(environment.options).toEqual({ users: 5, ...options });
  });

  it('types each option by its declaration', () => {
    const options = defineOptions({
      region: { choices: ['eu', 'us'], default: 'eu' },
      maybe: { choices: [1, 2] },
      pages: { default: 3 },
      dryRun: { default: false },
      apiKey: {},
    });
    const region: 'eu' | 'us' = options.region;
    const maybe: 1 | 2 | undefined = options.maybe;
    const pages: number = options.pages;
    const dryRun: boolean = options.dryRun;
    const apiKey: string | undefined = options.apiKey;
    // @ts-expect-error Not declared.
    const other: unknown = options.other;

    expect([region, maybe, pages, dryRun, apiKey, other]).toHaveLength(6);
  });

  it('remembers types, choices and secrets of what is declared', () => {
    defineOptions({
      level: { choices: [1, 2], help: 'How much' },
      key: { secret: true, required: true, env: 'API_KEY' },
    });

    expect(declaredOptions()).toEqual([
      {
        name: 'level',
        type: 'number',
        default: undefined,
        choices: [1, 2],
        help: 'How much',
        isSecret: false,
        isRequired: false,
        env: undefined,
      },
      {
        name: 'key',
        type: 'string',
        default: undefined,
        choices: [],
        help: '',
        isSecret: true,
        isRequired: true,
        env: 'API_KEY',
      },
    ]);
  });

  it('takes a variable of the environment where nothing else is given, in the type of the option', () => {
    const declarations = {
      apiKey: { env: 'API_KEY', secret: true },
      pages: { env: 'PAGES', default: 3 },
      dryRun: { env: 'DRY', default: false },
      region: { env: 'REGION', choices: ['eu', 'us'], default: 'eu' },
    } as const;

    giveOptions({ region: 'us' }, { API_KEY: 'k', PAGES: '7', DRY: '1', REGION: 'eu' });
    const fromEnvironment = defineOptions(declarations);
    enterProcess({ role: 'master', workerIndex: -1, workerCount: 0, host: '', options: {} });
    giveOptions({}, { PAGES: '' });
    const withoutAny = defineOptions(declarations);

    expect(fromEnvironment).toEqual({ apiKey: 'k', pages: 7, dryRun: true, region: 'us' });
    expect(withoutAny).toEqual({ apiKey: undefined, pages: 3, dryRun: false, region: 'eu' });
  });

  it.each([
    [{ PAGES: 'many' }, "PAGES: 'many' is not a number, which pages takes"],
    [{ API_KEY: 'hush' }, 'API_KEY: its value is not one of a, b, which apiKey takes'],
  ])('refuses a text of the environment that does not fit: %o', (env, message) => {
    giveOptions({}, env);

    expect(() =>
      defineOptions({
        pages: { env: 'PAGES', default: 3 },
        apiKey: { env: 'API_KEY', choices: ['a', 'b'], secret: true },
      }),
    ).toThrow(message);
  });

  it('refuses to go on without what must be given, and says all of it at once', () => {
    const declarations = {
      region: { required: true, help: 'Which data centre' },
      apiKey: { required: true, env: 'API_KEY' },
      pages: { required: true, default: 3 },
    } as const;
    const beforeValuesAreKnown = defineOptions(declarations);
    enterProcess({ role: 'master', workerIndex: -1, workerCount: 0, host: '', options: {} });
    giveOptions({});

    expect(beforeValuesAreKnown.pages).toBe(3);
    expect(() => defineOptions(declarations)).toThrow(
      'the load file needs --region (Which data centre) and --api-key',
    );
  });

  it.each([
    ["{ a: { env: 'no name' } }", 'env of a is no name of an environment variable'],
    ["{ 'API-key': {} }", "'API-key' is no name for an option"],
    ['{ a: 5 }', 'a is an object'],
    ['{ a: { defualt: 1 } }', "a has a field 'defualt'"],
    ['{ a: { default: null } }', 'the default of a is no text, number or boolean'],
    ['{ a: { choices: [] } }', 'the choices of a are a list'],
    ["{ a: { choices: ['x', 1] } }", 'the choices of a are not all of type string'],
    ["{ a: { choices: ['x'], default: 'y' } }", 'the default of a, y, is none of its choices'],
  ])('refuses %s with the line of the script', async (declaration, message) => {
    const failure = await loadFailure(
      `import { defineOptions } from 'katydid';\nexport const options = defineOptions(${declaration});`,
    );

    expect(failure).toContain(`loadfile.ts:2:24: defineOptions: ${message}`);
  });
});
