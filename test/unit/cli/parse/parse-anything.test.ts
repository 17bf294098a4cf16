import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { COMMAND_NAMES } from '../../../../src/cli/options/table/command-table.ts';
import { ALL_OPTIONS } from '../../../../src/cli/options/table/option-table.ts';
import { parseCommandLine } from '../../../../src/cli/parse/program.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

let folder: TempFolder;

beforeAll(() => {
  folder = new TempFolder();
  folder.write('loadfile.ts');
});
afterAll(() => folder.remove());

const optionName = fc.constantFrom(
  ...ALL_OPTIONS.flatMap(({ spec }) => [`--${spec.long}`, `-${spec.short ?? 'Z'}`]),
);
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '-1',
    '5',
    'a=b',
    'a',
    'loadfile.ts',
    '-',
    '--',
    'http://x',
    'A.b=1',
    '\u0000',
  ),
  fc.string({ unit: 'binary' }),
);
const argv = fc
  .tuple(fc.constantFrom(...COMMAND_NAMES), fc.array(fc.oneof(optionName, value), { maxLength: 8 }))
  .map(([command, rest]) => [command, ...rest]);

describe('parseCommandLine', () => {
  it('understands anything, or says in bounded, printable text what is wrong', async () => {
    const printable = /^[^\p{Cc}]*$/u;

    await fc.assert(
      fc.asyncProperty(argv, async (words) => {
        const thrown: unknown = await parseCommandLine(words, {}, folder.path).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (thrown === undefined) return;
        if (!(thrown instanceof KatydidError)) throw thrown;
        expect(thrown.code).toBe('KAT_USAGE');
        for (const line of thrown.message.split('\n')) {
          expect(line).toMatch(printable);
          expect(line.length).toBeLessThan(400);
        }
      }),
      { numRuns: 500 },
    );
  });
});
