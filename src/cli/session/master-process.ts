import { systemClock } from '../../base/clock.ts';
import { openRunScript, reopenRunScript } from '../loadfile/run-script.ts';
import { requireNoShape } from '../loadfile/users-for-iterations.ts';
import type { MasterOptions } from '../options/table/option-values.ts';
import { checkOutputs } from '../outputs/check-outputs.ts';
import { textStyle } from '../outputs/text-style.ts';
import { eraseSecrets } from '../parse/erase-secrets.ts';
import type { ScriptChoice } from '../parse/invocation.ts';
import { failHard } from '../process/fail-hard.ts';
import { guardExit } from '../process/guard-exit.ts';
import { Log } from '../process/log.ts';
import { requireResources } from '../process/machine-limits.ts';
import { parentUi } from '../process/parent-ui.ts';
import type { Terminal } from '../process/terminal.ts';
import { shouldDrawScreen } from '../screen/screen.ts';
import { forgetTokenVariable } from './join-token.ts';
import { readCrashedRun } from './resume-run.ts';
import { runSession } from './run-session.ts';
import type { SessionSpec } from './session-spec.ts';

/** What `run` and `master` differ in. */
export type MasterProcessSpec = Pick<
  SessionSpec,
  'options' | 'localWorkers' | 'expectedWorkers' | 'maxWaitSeconds' | 'anyPort' | 'sources'
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
      const { runUiHost } = await import('../screen/ui-host.ts');
      return runUiHost(argv, terminal);
    }
  }
  forgetTokenVariable();
  const log = new Log(options, terminal, () => systemClock.epochMs());
  const freeExit = guardExit();
  const script = await openRunScript(spec.script, options, (level, text) => log.write(level, text));
  requireNoShape(options.iterations, script.master.shape()?.name);
  const { userClasses, declared } = spec.script;
  const given = { userClasses, declared: declared?.values ?? {} };
  const session = { ...spec, script, given, commandLine, ui, crashed: undefined };
  return carryThrough(session, terminal, freeExit);
}

/**
 * Carries on a run whose master is gone, with the options that it was started with.
 *
 * @param shown - How it is shown; all else of it is left out.
 * @returns The exit status.
 * @throws {KatydidError} Where the run has ended, cannot be carried on, or its master still runs.
 */
export async function resumeMasterProcess(
  path: string,
  shown: MasterOptions,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  requireResources();
  const crashed = readCrashedRun(path);
  const ui = parentUi();
  if (ui === undefined && shouldDrawScreen(shown.headless)) {
    const { runUiHost } = await import('../screen/ui-host.ts');
    return runUiHost(argv, terminal);
  }
  const { headless, progressSeconds, onlySummary, logLevel, logFile } = shown;
  const options = {
    ...crashed.options,
    ...{ headless, progressSeconds, onlySummary, logLevel, logFile },
  };
  const { key } = crashed;
  forgetTokenVariable();
  const log = new Log(options, terminal, () => systemClock.epochMs());
  const given = { userClasses: key.userClasses, declared: key.declared };
  const freeExit = guardExit();
  const bytes = new Uint8Array(Buffer.from(key.script, 'base64'));
  const script = await reopenRunScript(
    bytes,
    // They were checked when the run began.
    { userClasses: key.userClasses, declared: { values: crashed.declared, secretNames: [] } },
    options,
    (level, text) => log.write(level, text),
  );
  return carryThrough(
    {
      script,
      options,
      given,
      localWorkers: 0,
      expectedWorkers: key.expectedWorkers,
      maxWaitSeconds: key.maxWaitSeconds ?? undefined,
      anyPort: false,
      sources: new Map(),
      commandLine: [],
      ui,
      crashed,
    },
    terminal,
    freeExit,
  );
}

/**
 * Follows a run to its end and makes its outputs.
 *
 * @param freeExit - Gives `process.exit` back that was taken from the script.
 */
async function carryThrough(
  spec: SessionSpec,
  terminal: Terminal,
  freeExit: () => void,
): Promise<number> {
  const { master } = spec.script;
  const onStray = (thrown: unknown): void => {
    if (!master.stray(thrown)) failHard(thrown, terminal);
  };
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  const { outcome, runFile } = await runSession(spec, terminal);
  // Loaded now, since a run should start soon and no report is needed for that.
  const { finishRun } = await import('../outputs/finish-run.ts');
  const style = textStyle();
  const status = finishRun(runFile, spec.options, style, terminal, outcome, master.exitCode);
  master.quit(status);
  freeExit();
  process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
  return status;
}
