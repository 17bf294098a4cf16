import { isAbsolute, relative } from 'node:path';
import {
  type ExitReason,
  type ExitStatus,
  exitKindOfError,
  exitStatusOf,
  exitStatusOfError,
  isByResults,
} from '../../base/exit-status.ts';
import type { RunOutcome } from '../../master/record/run-outcome.ts';
import { exitReasonsOf } from '../../report/run-exit.ts';
import { summaryJsonText } from '../../report/summary-json.ts';
import { summaryText } from '../../report/summary-text.ts';
import type { TextStyle } from '../../report/text-layout.ts';
import { tryWriteOutputs } from '../../report/write-outputs.ts';
import { openRunFile, type RunFile } from '../../store/read/run-reader.ts';
import type { ViewOptions } from '../options/table/option-values.ts';
import { errorText } from '../process/error-text.ts';
import type { Terminal } from '../process/terminal.ts';

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
      ? withAsked(exitOf(file, outcome), askedStatus)
      : {
          kind: exitKindOfError(failure),
          status: exitStatusOfError(failure),
          meaning: 'an output could not be written',
        };
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
function withAsked(exit: ExitStatus, asked: number | undefined): ExitStatus {
  if (asked === undefined || !isByResults(exit)) return exit;
  return { ...exit, status: asked, meaning: 'as the script asked for' };
}

function exitOf({ record }: RunFile, outcome: RunOutcome | undefined): ExitStatus {
  if (outcome === undefined) return exitStatusOf([{ kind: 'ok', meaning: 'reported' }]);
  return exitStatusOf(
    [...interruptionsOf(outcome), ...exitReasonsOf(record)],
    record.info.exitCodeOnError,
  );
}

/** What kept the run from its regular end. */
function interruptionsOf({ isForced, stopReason, error }: RunOutcome): readonly ExitReason[] {
  const reasons: ExitReason[] = [];
  if (isForced && stopReason !== 'disk-full') {
    reasons.push({ kind: 'cutShort', meaning: 'cut short by a second Ctrl-C' });
  }
  if (error === undefined) return reasons;
  // Any other error means that the run file lacks what came last.
  const meaning =
    error.code === 'KAT_SCRIPT'
      ? 'the load file does not load'
      : error.code === 'KAT_NO_WORKERS'
        ? error.message
        : 'the run file could not be written';
  return [...reasons, { kind: exitKindOfError(error), meaning }];
}
