import { accessSync, closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, UsageError } from '../../base/errors.ts';
import type { OutputOptions, ViewOptions } from '../options/table/option-values.ts';
import type { LogOptions } from '../process/log.ts';

/** The folder of run files that nobody named. */
export const RUNS_FOLDER = 'runs';

/** The options that name files to be written. */
export type OutputPaths = Pick<ViewOptions, 'csvPrefix' | 'jsonFile'> &
  Partial<Pick<OutputOptions, 'outFile'>> &
  Pick<LogOptions, 'logFile'>;

/**
 * Makes sure, before anything runs, that every output can be written: the folder exists, a file can
 * be made in it, and no folder or run file is in the way. Nothing is left behind.
 *
 * @param writesRunFile - Whether a run file is written even where `outFile` names none.
 * @throws {UsageError} With every output that cannot be written, its folder and the reason.
 */
export function checkOutputs(options: OutputPaths, cwd: string, writesRunFile: boolean): void {
  const problems: string[] = [];
  const check = (label: string, name: string | undefined): void => {
    const problem = name === undefined ? undefined : outputProblem(resolve(cwd, name), name);
    if (problem !== undefined) problems.push(`${label}: ${problem}`);
  };
  check('--csv', csvProbe(options.csvPrefix));
  check('--json', options.jsonFile === '-' ? undefined : options.jsonFile);
  check('--logfile', options.logFile);
  check('--out', options.outFile);
  const taken = options.outFile !== undefined && isThere(resolve(cwd, options.outFile));
  if (taken)
    problems.push(`--out: ${options.outFile} exists already, and no run is written over another`);
  if (writesRunFile && options.outFile === undefined) check('the run file', defaultProbe(cwd));
  problems.push(...sharedPaths(options, cwd));
  if (problems.length > 0) throw new UsageError(textOf(problems));
}

function textOf(problems: readonly string[]): string {
  const [only = ''] = problems;
  if (problems.length === 1) return only;
  return `${problems.length} problems:${problems.map((problem) => `\n  - ${problem}`).join('')}`;
}

function csvProbe(prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : `${prefix}_stats.csv`;
}

/** The folder of run files is made on demand, beside what is in the working directory. */
function defaultProbe(cwd: string): string {
  return isThere(join(cwd, RUNS_FOLDER)) ? join(RUNS_FOLDER, 'run') : RUNS_FOLDER;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What keeps a file from being written. */
function outputProblem(path: string, shown: string): string | undefined {
  const folder = dirname(path);
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return `the folder ${folder} does not exist`;
    if (!found.isDirectory()) return `${folder} is no folder`;
    const present = statSync(path, { throwIfNoEntry: false });
    if (present?.isDirectory()) return `${shown} is a folder`;
    if (present !== undefined && !isWritable(path)) return `${shown} may not be written to`;
    // Only trying it tells: as root, or on some file systems, permissions do not say what is possible.
    const probe = join(folder, `.${basename(path).slice(0, 100)}.${process.pid}.katydid-probe`);
    closeSync(openSync(probe, 'wx'));
    unlinkSync(probe);
    return undefined;
  } catch (error) {
    return `the folder ${folder} cannot be written to (${messageOf(error).split(',', 1)[0]})`;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    // The one thing that access tells is that it is not.
    return false;
  }
}

/** Two outputs in one file would be none. */
function sharedPaths(options: OutputPaths, cwd: string): readonly string[] {
  const labels = new Map<string, string>();
  const problems: string[] = [];
  const add = (label: string, name: string | undefined): void => {
    if (name === undefined || name === '-') return;
    const path = resolve(cwd, name);
    const other = labels.get(path);
    if (other !== undefined) problems.push(`${other} and ${label} name the same file ${name}`);
    labels.set(path, label);
  };
  add('--json', options.jsonFile);
  add('--logfile', options.logFile);
  add('--out', options.outFile);
  for (const part of ['stats', 'stats_history', 'failures', 'exceptions']) {
    const { csvPrefix } = options;
    add('--csv', csvPrefix === undefined ? undefined : `${csvPrefix}_${part}.csv`);
  }
  return problems;
}
