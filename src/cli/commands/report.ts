import { resolve } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { mergeIntervals } from '../../store/write/merge-intervals.ts';
import { checkOutputs } from '../outputs/check-outputs.ts';
import { finishRun } from '../outputs/finish-run.ts';
import { readSalvageFile } from '../outputs/salvage-file.ts';
import { textStyle } from '../outputs/text-style.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import { Log } from '../process/log.ts';
import type { Terminal } from '../process/terminal.ts';

/**
 * Makes the outputs of a run again from its file, to which salvage files may be added first.
 *
 * @returns The exit status: 0 for a crashed run too, which the summary says.
 * @throws {KatydidError} Where the file is none, a salvage file is not of that run, or an output cannot be
 *   written.
 */
export async function reportCommand(
  { options, runFile }: CommandInvocation<'report'>,
  terminal: Terminal,
): Promise<number> {
  const cwd = process.cwd();
  checkOutputs(options, cwd, false);
  if (options.mergeFiles.length > 0) {
    const log = new Log(options, terminal, () => systemClock.epochMs());
    // All are read before anything is added: one that is of no use is no reason for half a merge.
    const sources = options.mergeFiles.map((name) => {
      const path = resolve(cwd, name);
      const { whole, ...whose } = readSalvageFile(path, (text) => log.write('warn', text));
      const isWhole = whole.length === whose.intervals;
      return { ...whose, path, intervals: whole, isWhole };
    });
    const { added, known } = mergeIntervals(runFile, sources);
    log.write('info', `merged ${added} intervals, ${known} were in the run file before`);
  }
  return finishRun(runFile, options, textStyle(), terminal);
}
