import type { CommandInvocation } from '../invocation.ts';
import { runMasterProcess } from '../master-process.ts';
import type { Terminal } from '../terminal.ts';
import { usersForIterations } from '../users-for-iterations.ts';

/**
 * A master whose workers join from anywhere.
 *
 * @returns The exit status.
 * @throws {KatydidError} Where the run cannot begin.
 */
export function masterCommand(
  invocation: CommandInvocation<'master'>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { options, script } = invocation;
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
