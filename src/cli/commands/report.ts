import { checkOutputs } from '../check-outputs.ts';
import { finishRun } from '../finish-run.ts';
import type { CommandInvocation } from '../invocation.ts';
import type { Terminal } from '../terminal.ts';
import { textStyle } from '../text-style.ts';

/**
 * Makes the outputs of a run again from its file.
 *
 * @returns The exit status: 0 for a crashed run too, which the summary says.
 * @throws {KatydidError} Where the file is none, or an output cannot be written.
 */
export async function reportCommand(
  { options, runFile }: CommandInvocation<'report'>,
  terminal: Terminal,
): Promise<number> {
  checkOutputs(options, process.cwd(), false);
  return finishRun(runFile, options, textStyle(), terminal);
}
