import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { KatydidProcess } from '../../support/katydid-process.ts';
import type { TempFolder } from '../../support/temp-folder.ts';
import type { EndedProcess } from '../../support/watched-process.ts';
import { readSummary, type SummarizedRun } from './summarized-run.ts';

export type { SummaryJson } from '../../../src/report/summary-json.ts';

/** Rows of a CSV file, by the names of its columns. */
export type CsvRows = readonly Readonly<Record<string, string>>[];

/** A run that ended, with everything that it wrote. */
export interface FinishedRun extends SummarizedRun {
  readonly stats: CsvRows;
  readonly history: CsvRows;
  readonly failures: CsvRows;
  readonly exceptions: CsvRows;
}

/** The options that make a run write all its outputs into its folder. */
export const ALL_OUTPUTS: readonly string[] = [
  ...['--headless', '--progress', '0'],
  ...['--csv', 'out', '--json', 'out.json', '--out', 'out.katydid'],
];

/** What a test says of a run besides its load file. */
export interface RunSpec {
  readonly loadfile: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes the one after it. */
  readonly via?: readonly string[];
}

/** Starts `katydid run` with two local workers in a folder. */
export function startRun(
  folder: TempFolder,
  { loadfile, args, env, via }: RunSpec,
): KatydidProcess {
  folder.write('loadfile.ts', loadfile);
  const all = ['run', 'loadfile.ts', '-w', '2', '--port', '0', ...ALL_OUTPUTS, ...args];
  return new KatydidProcess(all, {
    cwd: folder.path,
    ...(env === undefined ? {} : { env }),
    ...(via === undefined ? {} : { via }),
  });
}

/** Waits for the end of a run and reads what it wrote. */
export async function finishRun(folder: TempFolder, katydid: KatydidProcess): Promise<FinishedRun> {
  return readRun(folder, await katydid.exit);
}

/** `startRun` and `finishRun` in one; `meanwhile` may do things to the running katydid. */
export async function runToEnd(
  folder: TempFolder,
  { meanwhile, ...spec }: RunSpec & { meanwhile?: (katydid: KatydidProcess) => Promise<void> },
): Promise<FinishedRun> {
  using katydid = startRun(folder, spec);
  await meanwhile?.(katydid);
  return await finishRun(folder, katydid);
}

function readRun(folder: TempFolder, ended: EndedProcess): FinishedRun {
  return {
    ...readSummary(folder, ended),
    stats: readCsv(folder, 'out_stats.csv'),
    history: readCsv(folder, 'out_stats_history.csv'),
    failures: readCsv(folder, 'out_failures.csv'),
    exceptions: readCsv(folder, 'out_exceptions.csv'),
  };
}

function readCsv(folder: TempFolder, name: string): CsvRows {
  return parse(folder.read(name), {
    columns: true,
    relaxColumnCount: false,
    recordDelimiter: '\r\n',
  });
}

/**
 * Holds the exit status against what the results demand. A machine that is too slow for the run makes it
 * invalid, which katydid must then say with 4; that is not what these tests are about.
 */
export function expectStatus({ status, json, stderr }: FinishedRun, wanted: number): void {
  expect(status, stderr).toBe(json.verdict.validity === 'invalid' ? 4 : wanted);
}
