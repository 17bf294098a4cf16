import type { CommandInvocation } from '../invocation.ts';
import { runMasterProcess } from '../master-process.ts';
import type { Terminal } from '../terminal.ts';
import { workerCount } from '../worker-count.ts';

/**
 * The main job: a master and local workers.
 *
 * @returns The exit status.
 * @throws {KatydidError} Where the run cannot begin.
 */
export function runCommand(
  invocation: CommandInvocation<'run'>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { options, script, sources } = invocation;
  const count = workerCount(options.workers);
  return runMasterProcess(
    {
      script,
      options,
      localWorkers: count,
      expectedWorkers: count,
      maxWaitSeconds: options.joinTimeoutSeconds,
      anyPort: sources.get('port') === 'default',
    },
    argv,
    terminal,
  );
}
