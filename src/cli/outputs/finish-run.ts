import { isAbsolute, relative } from 'node:path';
import type { RunOutcome } from '../../master/run/run-outcome.ts';
import { type ExitStatus, exitStatusOf } from '../../report/exit-status.ts';
import { summaryJsonText } from '../../report/summary-json.ts';
import { summaryText } from '../../report/summary-text.ts';
import type { TextStyle } from '../../report/text-layout.ts';
import { tryWriteOutputs } from '../../report/write-outputs.ts';
import { openRunFile, type RunFile } from '../../store/read/run-reader.ts';
import type { ViewOptions } from '../options/table/option-values.ts';
import { errorText, exitStatusOfError } from '../process/error-text.ts';
import type { Terminal } from '../process/terminal.ts';

/** Cut short by a second Ctrl-C. */
const EXIT_CUT_SHORT = 130;
const EXIT_USAGE = 2;
const EXIT_COULD_NOT_RUN = 5;

/**
 * Makes every output that was asked for from the run file: files, and the summary on standard output.
 *
 * @param outcome - How the run ended in this process; `undefined` for a report on an old one.
 * @param askedStatus - `environment.processExitCode` of the script; wins over 0, 1 and 3.
 * @returns The exit status.
 */
export function finishRun(
  runFile: string,
  views: ViewOptions,
  style: TextStyle,
  terminal: Terminal,
  outcome?: RunOutcome,
  askedStatus?: number,
): number {
  using file = openRunFile(runFile);
  const { written, failure } = tryWriteOutputs(file, {
    ...(views.csvPrefix === undefined ? {} : { csvPrefix: views.csvPrefix }),
    ...(views.jsonFile === undefined || views.jsonFile === '-' ? {} : { jsonPath: views.jsonFile }),
    isCsvHistoryFull: views.csvFullHistory,
  });
  const exit =
    failure === undefined
      ? withAsked(exitOf(file, outcome), askedStatus, file)
      : { status: exitStatusOfError(failure), meaning: 'an output could not be written' };
  if (views.jsonFile === '-') terminal.out(summaryJsonText(file.record));
  else {
    terminal.out(
      summaryText(file.record, {
        ...style,
        files: [...written, shownPath(runFile)],
        ...(outcome === undefined ? {} : { exit }),
      }),
    );
  }
  if (outcome?.error !== undefined) terminal.err(errorText(outcome.error));
  // After the summary: the run is over, and its figures must be seen even where no file has room.
  if (failure !== undefined) terminal.err(errorText(failure));
  return exit.status;
}

/** A path as people would type it: from the working directory, where it lies below that. */
function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere;
}

/** What the script says about the results wins over them, but not over what says that there are none. */
function withAsked(exit: ExitStatus, asked: number | undefined, { record }: RunFile): ExitStatus {
  const isByResults = [0, 1, 3, record.info.exitCodeOnError].includes(exit.status);
  if (asked === undefined || !isByResults) return exit;
  return { status: asked, meaning: 'as the script asked for' };
}

/** What interrupted the run comes before its results: see the contract's order. */
function exitOf({ record }: RunFile, outcome: RunOutcome | undefined): ExitStatus {
  if (outcome === undefined) return { status: 0, meaning: 'reported' };
  if (outcome.isForced && outcome.stopReason !== 'disk-full') {
    return { status: EXIT_CUT_SHORT, meaning: 'cut short by a second Ctrl-C' };
  }
  if (outcome.error?.code === 'KAT_SCRIPT') {
    return { status: EXIT_USAGE, meaning: 'the load file does not load' };
  }
  if (outcome.error?.code === 'KAT_NO_WORKERS') {
    return { status: EXIT_COULD_NOT_RUN, meaning: outcome.error.message };
  }
  // The run file lacks what came last: no status by results that are not all there.
  if (outcome.error !== undefined) {
    return {
      status: exitStatusOfError(outcome.error),
      meaning: 'the run file could not be written',
    };
  }
  return exitStatusOf(record);
}
