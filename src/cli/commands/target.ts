import { systemClock } from '../../base/clock.ts';
import { startTarget } from '../../target/target-server.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import type { Terminal } from '../process/terminal.ts';

/**
 * Runs the target server until SIGINT or SIGTERM.
 *
 * @returns The exit status.
 * @throws {KatydidError} `KAT_PORT` where the port is taken.
 */
export async function targetCommand(
  { options }: CommandInvocation<'target'>,
  terminal: Terminal,
): Promise<number> {
  const target = await startTarget({
    port: options.port,
    host: options.bind,
    clock: systemClock,
  });
  terminal.out(`katydid target: listening on ${target.url}, counts at ${target.url}/__truth\n`);
  await stopSignal();
  await target.close();
  terminal.err(`katydid target: ${target.truth().total} requests answered\n`);
  return 0;
}

/** Resolves at the first SIGINT or SIGTERM. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
