import { KatydidError, messageOf } from '../base/errors.ts';
import { EXIT_STATUS, exitStatusOfError } from '../base/exit-status.ts';
import { textOf } from '../base/thrown.ts';
import { eraseSecrets } from './parse/erase-secrets.ts';
import type { Invocation } from './parse/invocation.ts';
import { parseCommandLine } from './parse/program.ts';
import { errorText, shownText } from './process/error-text.ts';
import type { Terminal } from './process/terminal.ts';

/**
 * Runs a command line.
 *
 * @param argv - What follows the program's name.
 * @returns The exit status.
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  eraseSecrets(argv);
  const terminal: Terminal = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  // A reader that went away (`katydid … | head`) is no reason for a stack trace.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  try {
    return await carryOut(await parseCommandLine(argv, process.env, process.cwd()), argv, terminal);
  } catch (error) {
    return report(error, terminal);
  }
}

/** Commands are loaded when they are wanted: a worker must start without React or SQLite. */
async function carryOut(
  invocation: Invocation,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  switch (invocation.command) {
    case 'help':
      if (invocation.asked) terminal.out(invocation.text);
      else terminal.err(invocation.text);
      return invocation.asked ? 0 : EXIT_STATUS.usage;
    case 'version':
      terminal.out(invocation.text);
      return 0;
    case 'run': {
      const { runCommand } = await import('./commands/run.ts');
      return runCommand(invocation, argv, terminal);
    }
    case 'master': {
      const { masterCommand } = await import('./commands/master.ts');
      return masterCommand(invocation, argv, terminal);
    }
    case 'worker': {
      const { workerCommand } = await import('./commands/worker.ts');
      return workerCommand(invocation, terminal);
    }
    case 'plan': {
      const { planCommand } = await import('./commands/plan.ts');
      return planCommand(invocation, terminal);
    }
    case 'report': {
      const { reportCommand } = await import('./commands/report.ts');
      return reportCommand(invocation, terminal);
    }
    case 'ctl': {
      const { ctlCommand } = await import('./commands/ctl.ts');
      return ctlCommand(invocation, terminal);
    }
    case 'target': {
      const { targetCommand } = await import('./commands/target.ts');
      return targetCommand(invocation, terminal);
    }
    case 'demo': {
      const { demoCommand } = await import('./commands/demo.ts');
      return demoCommand(invocation, argv, terminal);
    }
    case 'init': {
      const { initCommand } = await import('./commands/init.ts');
      return initCommand(invocation, terminal);
    }
  }
}

function report(error: unknown, terminal: Terminal): number {
  if (!(error instanceof KatydidError)) {
    const stack = textOf(error, 'stack');
    terminal.err(
      `katydid: this is a mistake in katydid: ${shownText(stack || messageOf(error))}\n`,
    );
    return EXIT_STATUS.couldNotRun;
  }
  terminal.err(errorText(error));
  return exitStatusOfError(error);
}
