import { InternalError } from '../../base/errors.ts';
import { usersForIterations } from '../loadfile/users-for-iterations.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import type { Terminal } from '../process/terminal.ts';
import { resumeMasterProcess, runMasterProcess } from '../session/master-process.ts';

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
  const { options, script, sources } = invocation;
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
      sources,
    },
    argv,
    terminal,
  );
}
