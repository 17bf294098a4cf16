import type { CommandInvocation } from '../invocation.ts';
import { runMasterProcess } from '../master-process.ts';
import type { Terminal } from '../terminal.ts';
import { usersForIterations } from '../users-for-iterations.ts';
import { workerCount } from '../worker-count.ts';

/**
 * The main job: a master and local workers; with `--once` a trial in this process.
 *
 * @returns The exit status.
 * @throws {KatydidError} Where the run cannot begin.
 */
export async function runCommand(
  invocation: CommandInvocation<'run'>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { options, script, sources } = invocation;
  if (options.once) {
    const { runOnce } = await import('../once.ts');
    return runOnce(invocation, argv, terminal);
  }
  const count = workerCount(options.workers);
  return runMasterProcess(
    {
      script,
      options: usersForIterations(options),
      localWorkers: count,
      expectedWorkers: count,
      maxWaitSeconds: options.joinTimeoutSeconds,
      anyPort: sources.get('port') === 'default',
    },
    argv,
    terminal,
  );
}
