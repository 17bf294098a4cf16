import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandInvocation } from '../../../../src/cli/parse/invocation.ts';
import { parseCommandLine } from '../../../../src/cli/parse/program.ts';
import type { UrlRequests } from '../../../../src/script/bundle/url-script.ts';
import { usageErrorOf } from '../../../support/command-lines.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

const URL_TEXT = 'http://localhost:8000/a';

let folder: TempFolder;

beforeAll(() => {
  folder = new TempFolder();
  folder.write('shop.ts');
  folder.write('body.json', '{"a":1}');
  folder.write('urls.txt', '# two\nGET http://h.test/a\nhttp://h.test/b\n');
  folder.write('bad.txt', 'GET h.test\n');
  folder.write('big.bin', 'x'.repeat(10 * 1024 * 1024 + 1));
});
afterAll(() => folder.remove());

/** What `katydid run` makes of these arguments. */
async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandInvocation<'run'>> {
  const invocation = await parseCommandLine(['run', ...args], env, folder.path);
  if (invocation.command !== 'run') throw new TypeError(`parsed as ${invocation.command}`);
  return invocation;
}

/** The requests that `katydid run` would make. */
async function requestsOf(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<UrlRequests> {
  const { script } = await run(args, env);
  if (script.source.kind !== 'url') throw new TypeError('this is a load file');
  return script.source.requests;
}

describe('katydid run URL', () => {
  it('takes method, headers and body', async () => {
    const args = [
      URL_TEXT,
      '-X',
      'put',
      '--header',
      'Accept: a/b',
      '--header',
      'X: 1=2:3',
      '-d',
      'hi',
    ];

    expect(await requestsOf(args)).toEqual({
      name: URL_TEXT,
      targets: [{ method: 'PUT', url: URL_TEXT }],
      headers: [
        ['Accept', 'a/b'],
        ['X', '1=2:3'],
      ],
      body: Buffer.from('hi'),
    });
  });

  it('reads a body from a file, and posts it unless told otherwise', async () => {
    const requests = await requestsOf([URL_TEXT, '-d', '@body.json']);

    expect(requests.targets).toEqual([{ method: 'POST', url: URL_TEXT }]);
    expect(requests.body).toEqual(Buffer.from('{"a":1}'));
  });

  it('takes the same from the environment, as pairs or as JSON', async () => {
    const pairs = await requestsOf([URL_TEXT], { KATYDID_HEADER: 'A: b,C: d' });
    const json = await requestsOf([URL_TEXT], {
      KATYDID_HEADER: '{"Accept":"a, b"}',
      KATYDID_METHOD: 'HEAD',
    });

    expect(pairs.headers).toEqual([
      ['A', 'b'],
      ['C', 'd'],
    ]);
    expect(json.headers).toEqual([['Accept', 'a, b']]);
    expect(json.targets[0]?.method).toBe('HEAD');
  });

  it('takes the same from the configuration file', async () => {
    const path = folder.write(
      'requests.json',
      '{"header":{"Accept":"a/b"},"iterations":7,"trace":"body","once":true}',
    );

    const { options } = await run([URL_TEXT, '--config', path]);

    expect(options).toMatchObject({
      headers: [['Accept', 'a/b']],
      iterations: 7,
      trace: 'bodies',
      once: true,
    });
  });

  it('takes the targets of a file in place of a URL, by its base name', async () => {
    const requests = await requestsOf(['--targets', join(folder.path, 'urls.txt'), '-X', 'POST']);

    expect(requests).toEqual({
      name: 'urls.txt',
      targets: [
        { method: 'GET', url: 'http://h.test/a' },
        { method: 'POST', url: 'http://h.test/b' },
      ],
      headers: [],
    });
  });

  it.each([
    [[URL_TEXT, '-X', 'G T'], '--method: got "G T", wanted a method such as GET or POST'],
    [[URL_TEXT, '-X', 'CONNECT'], '--method: got "CONNECT", wanted a method such as GET or POST'],
    [[URL_TEXT, '-n', '0'], '--iterations: got "0", wanted a whole number from 1 to 1,000,000,000'],
    [
      [URL_TEXT, '-n', 'many'],
      '--iterations: got "many", wanted a whole number from 1 to 1,000,000,000',
    ],
    [
      [URL_TEXT, '-d', '@body.json', '--targets', 'urls.txt'],
      `got "${URL_TEXT}", wanted nothing beside --targets`,
    ],
    [['shop.ts', '--targets', 'urls.txt'], 'got "shop.ts", wanted nothing beside --targets'],
    [
      ['--targets', 'bad.txt'],
      '--targets: bad.txt:1: got "h.test", wanted a URL such as https://example.org/path',
    ],
    [
      [URL_TEXT, '-d', '@big.bin'],
      '--data: "big.bin" has 10.0 MB, and at most 10 MB go to workers',
    ],
    [['--targets', '.'], /^--targets: ".*" is no file$/],
    [['--targets', 'none.txt'], /^--targets: the file ".*none\.txt" does not exist$/],
    [[URL_TEXT, '-d', '@none.json'], /^--data: the file ".*none\.json" does not exist$/],
    [
      ['shop.ts', '-X', 'POST'],
      '--method: wanted a URL, and got a load file, which makes its requests itself',
    ],
    [
      [URL_TEXT, '--trace'],
      '--trace: wanted --once beside it: a whole run has too many exchanges to print',
    ],
    [[URL_TEXT, '--once', '--trace=all'], '--trace: got "all", wanted nothing, or =body'],
  ])('answers %j', async (args, message) => {
    const error = await usageErrorOf(['run', ...args], folder.path);

    expect(error.message).toMatch(message);
    if (typeof message === 'string') expect(error.message).toBe(message);
  });

  it('never repeats what may be a secret in a header', async () => {
    for (const header of ['hunter2', ': hunter2', 'a b: hunter2', 'A: hunter2\nB: c']) {
      const { message } = await usageErrorOf(['run', URL_TEXT, '--header', header], folder.path);

      expect(message).toBe(
        "--header: wanted a header in one line, such as 'Accept: application/json'",
      );
    }
  });
});

describe('katydid run --once', () => {
  it.each([
    [['--once'], 'off'],
    [['--once', '--trace'], 'headers'],
    [['--once', '--trace=body'], 'bodies'],
  ])('%j shows this much of each exchange: %s', async (args, trace) => {
    const { options } = await run(['shop.ts', ...args]);

    expect(options).toMatchObject({ once: true, trace });
  });
});
