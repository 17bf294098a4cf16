import { systemClock } from '../../base/clock.ts';
import { EXIT_STATUS } from '../../base/exit-status.ts';
import { counted } from '../../base/format.ts';
import { captureConsole } from '../../script/trace/console-capture.ts';
import { type LoadedChoice, loadChoice } from '../loadfile/load-choice.ts';
import { requireHosts, shownHost } from '../loadfile/require-hosts.ts';
import { NOTHING_DECLARED } from '../options/read/declared-options.ts';
import { redactArguments } from '../options/read/redact-arguments.ts';
import { checkOutputs } from '../outputs/check-outputs.ts';
import { finishRun } from '../outputs/finish-run.ts';
import { textStyle } from '../outputs/text-style.ts';
import type { CommandInvocation, ScriptSource } from '../parse/invocation.ts';
import { failHard } from '../process/fail-hard.ts';
import { Log } from '../process/log.ts';
import type { Terminal } from '../process/terminal.ts';
import { writeOnceRecord } from './once-record.ts';
import { OnceTrial } from './once-trial.ts';

/**
 * Tries a script out in this process: one user of each class after the other, each task once, every
 * exchange printed on standard error. Keeps a run file only where an output was asked for.
 *
 * @param argv - The whole command line.
 * @returns The exit status: 0 where all went well.
 * @throws {KatydidError} Where the script does not load, or its `setup` fails.
 */
export async function runOnce(
  invocation: CommandInvocation<'run'>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { script, options } = invocation;
  const isKept = [options.outFile, options.csvPrefix, options.jsonFile].some(
    (output) => output !== undefined,
  );
  checkOutputs(options, process.cwd(), isKept);
  const log = new Log(options, terminal, () => systemClock.epochMs());
  const restore = captureConsole((level, text) => log.write(level, text));
  try {
    const loaded = await loadChoice(script, options);
    requireHosts(loaded.model, options.host);
    const trial = new OnceTrial(loaded.model, options, terminal);
    await watched(trial, terminal, () => trial.run(passesOf(script.source)));
    const secrets = script.declared?.secretNames ?? NOTHING_DECLARED.secretNames;
    const status = isKept
      ? await kept(trial, loaded, invocation, redactArguments(argv, secrets), terminal)
      : told(trial, invocation, terminal);
    trial.quit(status);
    return status;
  } finally {
    restore();
  }
}

/** How often each user runs through its tasks: without a load file, once for each target. */
function passesOf(source: ScriptSource): number {
  return source.kind === 'url' ? source.requests.targets.length : 1;
}

/** Counts what the script throws where nobody can catch it as exceptions, as a run does. */
async function watched(
  trial: OnceTrial,
  terminal: Terminal,
  run: () => Promise<void>,
): Promise<void> {
  const onStray = (thrown: unknown): void => {
    if (!trial.stray(thrown)) failHard(thrown, terminal);
  };
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  try {
    await run();
  } finally {
    process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
  }
}

/** Prints the result in one line. @returns The exit status. */
function told(trial: OnceTrial, { options }: CommandInvocation<'run'>, terminal: Terminal): number {
  const { requests, failed, exceptions } = trial.figures;
  terminal.out(
    `${counted(requests, 'request')}, ${failed} failed, ${counted(exceptions, 'exception')}\n`,
  );
  if (trial.isCutShort) return EXIT_STATUS.cutShort;
  return trial.exitCode ?? (failed + exceptions > 0 ? options.exitCodeOnError : 0);
}

/** Writes the run file and all outputs. @returns The exit status. */
async function kept(
  trial: OnceTrial,
  { bundle, model }: LoadedChoice,
  { options }: CommandInvocation<'run'>,
  commandLine: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const path = await writeOnceRecord({
    ...trial.record,
    options,
    host: shownHost(model, options.host),
    loadfile: bundle.name,
    scriptSha256: bundle.sha256,
    commandLine,
  });
  const outcome = { stopReason: trial.stopReason, isForced: trial.isCutShort };
  return finishRun(path, options, textStyle(), terminal, outcome, trial.exitCode);
}
