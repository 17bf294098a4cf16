import { KatydidError } from '../base/errors.ts';
import { openRunFile, type RunFile } from '../store/read/run-reader.ts';
import { exceptionsCsv, failuresCsv, historyCsv, statsCsv } from './csv-files.ts';
import { summaryJsonText } from './summary-json.ts';
import { writeFileWhole } from './write-file-whole.ts';

/** Which outputs are to be made from a run file. An output whose field is missing is not made. */
export interface RequestedOutputs {
  /** `--csv`: the beginning of the four files' names. */
  readonly csvPrefix?: string;
  /** `--csv-full-history`. */
  readonly isCsvHistoryFull?: boolean;
  /** `--json`, unless it is `-`. */
  readonly jsonPath?: string;
}

/**
 * Writes files from a run file, each of them whole. The same run file gives the same bytes, whenever
 * and wherever. A file that cannot be written does not keep the others from being written.
 *
 * @returns The files written, in this order.
 * @throws {KatydidError} `KAT_RUN_FILE`; `KAT_OUTPUT` or `KAT_DISK_FULL`, the first of several.
 */
export function writeOutputs(file: RunFile, outputs: RequestedOutputs): string[] {
  const { written, failure } = tryWriteOutputs(file, outputs);
  if (failure !== undefined) throw failure;
  return [...written];
}

/** What became of the outputs. */
export interface WrittenOutputs {
  /** The files written, in the order of `writeOutputs`. */
  readonly written: readonly string[];
  /** Why the first of those that are missing is missing; `undefined` where all are there. */
  readonly failure: KatydidError | undefined;
}

/**
 * Does the same as `writeOutputs`, for callers that print something before they report a failure.
 *
 * @throws {KatydidError} `KAT_RUN_FILE`.
 */
export function tryWriteOutputs(file: RunFile, outputs: RequestedOutputs): WrittenOutputs {
  const written: string[] = [];
  let failure: KatydidError | undefined;
  for (const [path, text] of partsOf(file, outputs)) {
    try {
      writeFileWhole(path, text);
      written.push(path);
    } catch (thrown) {
      if (!(thrown instanceof KatydidError)) throw thrown;
      failure ??= thrown;
    }
  }
  return { written, failure };
}

type Output = readonly [path: string, text: Iterable<string>];

function partsOf(file: RunFile, outputs: RequestedOutputs): readonly Output[] {
  const { record } = file;
  const { csvPrefix, jsonPath } = outputs;
  const parts: Output[] = [];
  if (csvPrefix !== undefined) {
    parts.push(
      [`${csvPrefix}_stats.csv`, [statsCsv(record)]],
      [`${csvPrefix}_stats_history.csv`, historyCsv(file, outputs.isCsvHistoryFull ?? false)],
      [`${csvPrefix}_failures.csv`, [failuresCsv(record)]],
      [`${csvPrefix}_exceptions.csv`, [exceptionsCsv(record)]],
    );
  }
  if (jsonPath !== undefined) parts.push([jsonPath, [summaryJsonText(record)]]);
  return parts;
}

/** Does what `writeOutputs` does, for the run file at a path. */
export function writeOutputsOf(runFile: string, outputs: RequestedOutputs): string[] {
  using file = openRunFile(runFile);
  return writeOutputs(file, outputs);
}
