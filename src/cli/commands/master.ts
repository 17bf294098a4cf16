import { InternalError } from '../../base/errors.ts';
import type { CommandInvocation } from '../invocation.ts';
import { resumeMasterProcess, runMasterProcess } from '../master-process.ts';
import type { Terminal } from '../terminal.ts';
import { usersForIterations } from '../users-for-iterations.ts';

/**
 * A master whose workers join from anywhere; with `--resume` one that carries a run on.
 *
 * @returns The exit status.
 * @throws {KatydidError} Where the run cannot begin, or go on.
 */
export function masterCommand(
  invocation: CommandInvocation<'master'>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { options, script } = invocation;
  if (options.resumeFile !== undefined) {
    return resumeMasterProcess(options.resumeFile, options, argv, terminal);
  }
  if (script === undefined) throw new InternalError('a new run has a load file');
  return runMasterProcess(
    {
      script,
      options: usersForIterations(options),
      localWorkers: 0,
      expectedWorkers: options.expectWorkers,
      maxWaitSeconds: options.expectWorkersMaxWaitSeconds,
      anyPort: false,
    },
    argv,
    terminal,
  );
}
