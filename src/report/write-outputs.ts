import { openRunFile, type RunFile } from '../store/run-reader.ts';
import { exceptionsCsv, failuresCsv, historyCsv, statsCsv } from './csv-files.ts';
import { summaryJsonText } from './summary-json.ts';
import { writeFileWhole } from './write-file-whole.ts';

/** What is to be made from a run file; what is missing is not made. */
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
  const { record } = file;
  const { csvPrefix, jsonPath } = outputs;
  const parts: [string, Iterable<string>][] = [];
  if (csvPrefix !== undefined) {
    parts.push(
      [`${csvPrefix}_stats.csv`, [statsCsv(record)]],
      [`${csvPrefix}_stats_history.csv`, historyCsv(file, outputs.isCsvHistoryFull ?? false)],
      [`${csvPrefix}_failures.csv`, [failuresCsv(record)]],
      [`${csvPrefix}_exceptions.csv`, [exceptionsCsv(record)]],
    );
  }
  if (jsonPath !== undefined) parts.push([jsonPath, [summaryJsonText(record)]]);
  return writeAll(parts);
}

/** `writeOutputs` for a run file by its path. */
export function writeOutputsOf(runFile: string, outputs: RequestedOutputs): string[] {
  using file = openRunFile(runFile);
  return writeOutputs(file, outputs);
}

function writeAll(parts: readonly (readonly [string, Iterable<string>])[]): string[] {
  const written: string[] = [];
  const failures: unknown[] = [];
  for (const [path, text] of parts) {
    try {
      writeFileWhole(path, text);
      written.push(path);
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
  return written;
}
