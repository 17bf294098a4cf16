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
  enterProcess(
    { role: 'master', workerIndex: -1, workerCount: 0, host: '', options: { users: 5 } },
    {},
  );
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
    defineOptions({ level: { choices: [1, 2], help: 'How much' }, key: { secret: true } });

    expect(declaredOptions()).toEqual([
      {
        name: 'level',
        type: 'number',
        default: undefined,
        choices: [1, 2],
        help: 'How much',
        isSecret: false,
      },
      { name: 'key', type: 'string', default: undefined, choices: [], help: '', isSecret: true },
    ]);
  });

  it.each([
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
