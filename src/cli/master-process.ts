import { systemClock } from '../base/clock.ts';
import { checkOutputs } from './check-outputs.ts';
import { eraseSecrets } from './erase-secrets.ts';
import { failHard } from './fail-hard.ts';
import { guardExit } from './guard-exit.ts';
import type { ScriptChoice } from './invocation.ts';
import { forgetTokenVariable } from './join-token.ts';
import { Log } from './log.ts';
import { requireResources } from './machine-limits.ts';
import { parentUi } from './parent-ui.ts';
import { openRunScript } from './run-script.ts';
import { runSession, type SessionSpec } from './run-session.ts';
import { shouldDrawScreen } from './screen.ts';
import type { Terminal } from './terminal.ts';
import { textStyle } from './text-style.ts';
import { requireNoShape } from './users-for-iterations.ts';

/** What `run` and `master` differ in. */
export type MasterProcessSpec = Pick<
  SessionSpec,
  'options' | 'localWorkers' | 'expectedWorkers' | 'maxWaitSeconds' | 'anyPort'
> & { readonly script: ScriptChoice };

/**
 * Runs a load test to its end and makes its outputs. With a terminal, this process becomes the
 * terminal UI and the test goes on in another one that it starts with the same command line.
 *
 * @param argv - The whole command line.
 * @returns The exit status.
 * @throws {KatydidError} Where the run cannot begin.
 */
export async function runMasterProcess(
  spec: MasterProcessSpec,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { options } = spec;
  requireResources();
  const commandLine = eraseSecrets(argv, spec.script.declared?.secretNames);
  const ui = parentUi();
  if (ui === undefined) {
    checkOutputs(options, process.cwd(), true);
    if (shouldDrawScreen(options.headless)) {
      const { runUiHost } = await import('./ui-host.ts');
      return runUiHost(argv, terminal);
    }
  }
  forgetTokenVariable();
  const log = new Log(options, terminal, () => systemClock.epochMs());
  const freeExit = guardExit();
  const script = await openRunScript(spec.script, options, (level, text) => log.write(level, text));
  requireNoShape(options.iterations, script.master.shape()?.name);
  const { master } = script;
  const onStray = (thrown: unknown): void => {
    if (!master.stray(thrown)) failHard(thrown, terminal);
  };
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  const { outcome, runFile } = await runSession({ ...spec, script, commandLine, ui }, terminal);
  // Loaded now, since a run should start soon and no report is needed for that.
  const { finishRun } = await import('./finish-run.ts');
  const status = finishRun(runFile, options, textStyle(), terminal, outcome, master.exitCode);
  master.quit(status);
  freeExit();
  process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
  return status;
}
