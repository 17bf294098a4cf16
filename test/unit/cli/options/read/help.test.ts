import { describe, expect, it } from 'vitest';
import { VERSION } from '../../../../../src/base/version.ts';
import { commandHelp, generalHelp } from '../../../../../src/cli/options/read/help.ts';
import {
  COMMAND_NAMES,
  COMMAND_TABLE,
} from '../../../../../src/cli/options/table/command-table.ts';
import {
  ALL_OPTIONS,
  longNamesOf,
  optionsOf,
} from '../../../../../src/cli/options/table/option-table.ts';
import { parseCommandLine } from '../../../../../src/cli/parse/program.ts';
import { TempFolder } from '../../../../support/temp-folder.ts';

describe('help', () => {
  it.each([...COMMAND_NAMES])('of %s is at most 80 columns wide', (command) => {
    const widest = Math.max(
      ...commandHelp(command)
        .split('\n')
        .map((line) => line.length),
    );

    expect(widest).toBeLessThanOrEqual(80);
  });

  it.each([...COMMAND_NAMES])('of %s names each of its options once, with a default', (command) => {
    const help = commandHelp(command);

    for (const { spec } of optionsOf(command)) {
      const lines = help
        .split('\n')
        .filter((line) => line.match(/^ {2}(-\w, | {4})--([\w-]+)/)?.[2] === spec.long);
      expect(lines, spec.long).toHaveLength(1);
      expect(lines[0]).toContain(spec.valueName);
    }
    expect(help).toContain(`Usage: katydid ${command} `);
    expect(help).toContain('Examples:\n  katydid ');
  });

  it('of the program names every command in at most 80 columns', () => {
    const help = generalHelp();

    for (const command of COMMAND_NAMES)
      expect(help).toMatch(new RegExp(`^  ${command} +\\S`, 'm'));
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('does not mention what this version does not have', () => {
    const all = [generalHelp(), ...COMMAND_NAMES.map(commandHelp)].join('\n');

    expect(all).not.toMatch(/--html|--threshold|--stage|--arrival|\bcompare\b|\breplay\b/);
  });

  it.each([
    [['--help'], 'Usage: katydid <command>'],
    [['-h'], 'Usage: katydid <command>'],
    [['help'], 'Usage: katydid <command>'],
    [['help', 'plan'], 'Usage: katydid plan'],
    [['run', '--help'], 'Usage: katydid run'],
    [['run', '-u', 'abc', '--usres', '-h'], 'Usage: katydid run'],
  ])('answers %j', async (argv, beginning) => {
    const invocation = await parseCommandLine(argv, { KATYDID_USRES: '1' }, '/nowhere');

    expect(invocation).toMatchObject({ command: 'help', asked: true });
    expect(invocation.command === 'help' && invocation.text.startsWith(beginning)).toBe(true);
  });

  it('is also what no command at all gives, as an answer to a mistake', async () => {
    const invocation = await parseCommandLine([], {}, '/nowhere');

    expect(invocation).toStrictEqual({ command: 'help', text: generalHelp(), asked: false });
  });

  it.each([[['--version']], [['-V']], [['version']], [['run', '--version']]])(
    '%j gives the version',
    async (argv) => {
      expect(await parseCommandLine(argv, {}, '/nowhere')).toStrictEqual({
        command: 'version',
        text: `${VERSION}\n`,
      });
    },
  );
});

describe('option table', () => {
  it.each([...COMMAND_NAMES])('gives no name of %s twice', (command) => {
    const names = optionsOf(command).flatMap(({ spec }) => [
      ...longNamesOf(spec),
      spec.short ?? '',
    ]);
    const given = names.filter((name) => name !== '');

    expect(new Set(given).size).toBe(given.length);
  });

  it('has a command for every option and help without a full stop', () => {
    for (const { spec } of ALL_OPTIONS) {
      expect(spec.commands.length, spec.long).toBeGreaterThan(0);
      expect(spec.help, spec.long).not.toMatch(/\.$/);
    }
  });

  it.each([...COMMAND_NAMES])(
    'shows examples of %s that can be typed as they stand',
    async (command) => {
      const folder = new TempFolder();
      for (const name of ['loadfile.ts', 'shop.ts', 'token', 'cart.json']) folder.write(name);
      folder.write('urls.txt', 'GET http://localhost:8000/');

      for (const [line] of COMMAND_TABLE[command].examples) {
        const [program, ...argv] = line.split(' ');
        const invocation = await parseCommandLine(argv, {}, folder.path);
        expect([program, invocation.command]).toStrictEqual(['katydid', command]);
      }
      folder.remove();
    },
  );
});
