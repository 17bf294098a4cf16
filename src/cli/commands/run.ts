import { usersForIterations } from '../loadfile/users-for-iterations.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import type { Terminal } from '../process/terminal.ts';
import { runMasterProcess } from '../session/master-process.ts';
import { workerCount } from '../session/worker-count.ts';

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
    const { runOnce } = await import('../trial/once.ts');
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
      sources,
    },
    argv,
    terminal,
  );
}
