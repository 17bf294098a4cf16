import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadChoice } from '../../../../../src/cli/loadfile/load-choice.ts';
import { redactArguments } from '../../../../../src/cli/options/read/redact-arguments.ts';
import { parseCommandLine } from '../../../../../src/cli/parse/program.ts';
import { environment } from '../../../../../src/script/host/environment.ts';
import { TempFolder } from '../../../../support/temp-folder.ts';

const LOADFILE = `import { defineOptions, User } from 'katydid';
export const options = defineOptions({
  region: { choices: ['eu', 'us'], default: 'eu', help: 'Where the shop is' },
  pageSize: { default: 20 },
  dryRun: { default: false, help: 'Buy nothing' },
  apiKey: { secret: true, help: 'Key of the shop' },
});
export class A extends User { static tasks = [() => {}]; static region = options.region; }
`;

let folder: TempFolder;
beforeAll(() => {
  folder = new TempFolder();
  folder.write('shop.ts', LOADFILE);
});
afterAll(() => folder.remove());

/** What a command line says of the load file's own options. */
async function declaredBy(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const invocation = await parseCommandLine(args, env, folder.path);
  return invocation.command === 'run' ? invocation.script.declared : invocation;
}

async function problemOf(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const thrown: unknown = await parseCommandLine(args, env, folder.path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ code: 'KAT_USAGE' });
  return thrown instanceof Error ? thrown.message : '';
}

describe('the options of a load file', () => {
  it('are read from the command line, before or after the load file', async () => {
    const values = { region: 'us', pageSize: 50, dryRun: true, apiKey: 'k1' };
    const args = ['--region', 'us', '--page-size=50', '--dry-run', '--api-key', 'k1'];

    expect(await declaredBy(['run', ...args, 'shop.ts'])).toEqual({
      values,
      secretNames: ['api-key'],
    });
    expect(await declaredBy(['run', 'shop.ts', 'A', ...args])).toMatchObject({ values });
    expect(await declaredBy(['run', '-f', 'shop.ts', ...args])).toMatchObject({ values });
  });

  it('are read from the environment and the configuration file, which are weaker', async () => {
    folder.write('katydid.config.json', '{ "region": "us", "pageSize": 7 }');
    const env = { KATYDID_PAGE_SIZE: '8', KATYDID_API_KEY: 'k2' };

    const declared = await declaredBy(['run', 'shop.ts', '--dry-run'], env);

    folder.write('katydid.config.json', '{}');
    expect(declared).toMatchObject({
      values: { region: 'us', pageSize: 8, dryRun: true, apiKey: 'k2' },
    });
  });

  it('leave the load file alone where nothing is said about them', async () => {
    expect(await declaredBy(['run', 'shop.ts', '-u', '5'])).toBeUndefined();
  });

  it('reach the script, typed, when it is loaded for the run', async () => {
    const invocation = await parseCommandLine(['run', 'shop.ts', '--region=us'], {}, folder.path);
    if (invocation.command !== 'run') throw new Error('no run');

    const { model } = await loadChoice(invocation.script, invocation.options);

    expect(Reflect.get(model.classes[0]?.UserClass ?? {}, 'region')).toBe('us');
    expect(environment.options).toMatchObject({
      region: 'us',
      pageSize: 20,
      dryRun: false,
      users: 1,
    });
  });

  it('are refused where the value does not fit, a secret one without repeating it', async () => {
    folder.write(
      'secret.ts',
      LOADFILE.replace('secret: true', "secret: true, choices: ['a', 'b']"),
    );

    expect(await problemOf(['run', 'shop.ts', '--region', 'mars'])).toBe(
      '--region: got "mars", wanted one of "eu", "us"',
    );
    expect(await problemOf(['run', 'shop.ts', '--page-size', 'big'])).toBe(
      '--page-size: got "big", wanted a number',
    );
    expect(await problemOf(['run', 'shop.ts'], { KATYDID_DRY_RUN: 'perhaps' })).toBe(
      'KATYDID_DRY_RUN: got "perhaps", wanted 1, true, 0 or false',
    );
    expect(await problemOf(['run', 'secret.ts', '--api-key', 'hush'])).toBe(
      '--api-key: wanted one of "a", "b"',
    );
  });

  it('are suggested where one is mistyped', async () => {
    expect(await problemOf(['run', 'shop.ts', '--regoin', 'eu'])).toContain(
      'unknown option --regoin: did you mean --region?',
    );
  });

  it('may not have the names of options of katydid', async () => {
    folder.write(
      'clash.ts',
      LOADFILE.replace('region:', 'spawnRate:').replace('options.region', '1'),
    );
    const message = "the load file's option spawnRate: katydid itself has --spawn-rate";

    expect(await problemOf(['run', 'clash.ts', '--page-size', '5'])).toContain(message);
    const invocation = await parseCommandLine(['run', 'clash.ts'], {}, folder.path);
    if (invocation.command !== 'run') throw new Error('no run');
    await expect(loadChoice(invocation.script, invocation.options)).rejects.toThrow(message);
  });

  it('are shown by --help with that load file', async () => {
    const invocation = await parseCommandLine(['run', 'shop.ts', '--help'], {}, folder.path);

    const text = invocation.command === 'help' ? invocation.text : '';
    expect(text).toContain('Of this load file:\n');
    expect(text).toMatch(/--region eu\|us\s+Where the shop is \[default: eu\]/);
    expect(text).toMatch(/--page-size N\s+An option of the load file \[default: 20\]/);
    expect(text).toMatch(/--dry-run\s+Buy nothing\n/);
    expect(text).toMatch(/--api-key TEXT\s+Key of the shop\n/);
  });

  it('say what is wrong with a load file that declares options and does not load', async () => {
    folder.write('broken.ts', `${LOADFILE}throw new Error('boom');`);

    await expect(
      parseCommandLine(['run', 'broken.ts', '--region', 'eu'], {}, folder.path),
    ).rejects.toThrow(/broken\.ts:9:7: Error: boom/);
  });

  it('that are secret are masked in the command line that is kept', () => {
    expect(
      redactArguments(
        ['run', '--api-key', 'hush', '--api-key=hush', '--region', 'eu'],
        ['api-key'],
      ),
    ).toEqual(['run', '--api-key', '***', '--api-key=***', '--region', 'eu']);
  });
});
