import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redactArguments } from '../../../../src/cli/options/read/redact-arguments.ts';
import { checkOutputs, type OutputPaths } from '../../../../src/cli/outputs/check-outputs.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.remove());

const NOTHING: OutputPaths = {
  csvPrefix: undefined,
  jsonFile: undefined,
  outFile: undefined,
  logFile: undefined,
};
const check = (paths: Partial<OutputPaths>): void =>
  checkOutputs({ ...NOTHING, ...paths }, folder.path, true);

describe('checkOutputs', () => {
  it('is content with folders that can be written to, and leaves nothing in them', () => {
    mkdirSync(join(folder.path, 'out'));

    check({
      csvPrefix: 'out/a',
      jsonFile: 'out/a.json',
      outFile: 'out/a.katydid',
      logFile: 'a.log',
    });
    check({ jsonFile: '-' });

    expect(readdirSync(folder.path)).toEqual(['out']);
    expect(readdirSync(join(folder.path, 'out'))).toEqual([]);
  });

  it('names every folder that does not exist', () => {
    expect(() => check({ csvPrefix: 'no/a', jsonFile: 'nope/a.json' })).toThrow(
      `2 problems:\n  - --csv: the folder ${folder.path}/no does not exist\n` +
        `  - --json: the folder ${folder.path}/nope does not exist`,
    );
  });

  it('refuses a folder where a file is wanted, and a file where a folder is', () => {
    mkdirSync(join(folder.path, 'out'));
    folder.write('file');

    expect(() => check({ jsonFile: 'out' })).toThrow('--json: out is a folder');
    expect(() => check({ jsonFile: 'file/a' })).toThrow(`--json: ${folder.path}/file is no folder`);
  });

  it('refuses a folder that cannot be written to', () => {
    // Not even root can make a file there, so that the test holds for every user.
    expect(() => check({ outFile: '/proc/a.katydid' })).toThrow(
      /^--out: the folder \/proc cannot be written to \(/,
    );
  });

  it('refuses to write a run over another', () => {
    folder.write('a.katydid');

    expect(() => check({ outFile: 'a.katydid' })).toThrow(
      '--out: a.katydid exists already, and no run is written over another',
    );
  });

  it('refuses two outputs in one file', () => {
    expect(() => check({ jsonFile: 'x', logFile: './x' })).toThrow(
      '--json and --logfile name the same file ./x',
    );
    expect(() => check({ csvPrefix: 'x', jsonFile: 'x_stats.csv' })).toThrow(
      '--json and --csv name the same file x_stats.csv',
    );
  });
});

describe('redactArguments', () => {
  it('hides tokens, whichever way they are written', () => {
    expect(
      redactArguments(['worker', '--token', 'a', '--token=b', '--token-file', 'c', 'd']),
    ).toEqual(['worker', '--token', '***', '--token=***', '--token-file', 'c', 'd']);
  });

  it('hides headers and bodies of requests, but not the name of a body’s file', () => {
    const argv = ['run', 'http://h.test/', '--header', 'Authorization: x', '--header=A: b', '-d'];

    expect(redactArguments([...argv, 'secret', '-dsecret', '-d', '@b.json', '--data=c'])).toEqual([
      'run',
      'http://h.test/',
      ...['--header', '***', '--header=***', '-d'],
      ...['***', '-d***', '-d', '@b.json', '--data=***'],
    ]);
  });
});
