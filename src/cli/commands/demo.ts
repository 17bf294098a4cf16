import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { KatydidError } from '../../base/errors.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import { parentUi } from '../process/parent-ui.ts';
import type { Terminal } from '../process/terminal.ts';
import { shouldDrawScreen } from '../screen/screen.ts';
import { runMasterProcess } from '../session/master-process.ts';
import { workerCount } from '../session/worker-count.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/demo.ts', import.meta.url));

/**
 * Something to look at: a target server, a master, local workers and an example script.
 *
 * @returns The exit status.
 * @throws {KatydidError} Where the run cannot begin.
 */
export async function demoCommand(
  invocation: CommandInvocation<'demo'>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { options, sources } = invocation;
  const isScreen = parentUi() === undefined && shouldDrawScreen(options.headless);
  // The screen's process only looks on; the target belongs to the one that runs the test.
  const target = isScreen ? undefined : await startTargetProcess();
  const count = workerCount(options.workers);
  try {
    return await runMasterProcess(
      {
        script: { source: { kind: 'file', path: EXAMPLE }, userClasses: [] },
        options: target === undefined ? options : { ...options, host: target.url },
        localWorkers: count,
        expectedWorkers: count,
        maxWaitSeconds: options.joinTimeoutSeconds,
        anyPort: sources.get('port') === 'default',
        sources,
      },
      argv,
      terminal,
    );
  } finally {
    target?.child.kill('SIGTERM');
  }
}

/** Starts the target in a process of its own, so that its work is not taken for the master's. */
function startTargetProcess(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] ?? '', 'target', '--port', '0'],
    { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new KatydidError('KAT_PORT', `the demo's target server ended with status ${code}`));
    });
    createInterface({ input: child.stdout }).once('line', (line) => {
      const url = /http:\/\/[\d.:]+/.exec(line)?.[0];
      if (url === undefined)
        reject(new KatydidError('KAT_PORT', `the target server said: ${line}`));
      else resolve({ url, child });
    });
  });
}
