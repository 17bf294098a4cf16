import type { PlanClass } from '../../load/user-classes.ts';
import { decodeBundle, encodeBundle } from '../../script/bundle/script-bundle.ts';
import { captureConsole } from '../../script/trace/console-capture.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import type { ScriptOptions } from '../options/table/option-values.ts';
import type { ScriptChoice } from '../parse/invocation.ts';
import { type LoadedChoice, loadBundle, loadChoice, planClasses } from './load-choice.ts';
import { MasterScript } from './master-script.ts';
import { requireHosts, shownHost } from './require-hosts.ts';

/** A load file, loaded in this process and packed for the workers. */
export interface RunScript {
  /** As reports show it: the file's base name, or the URL. */
  readonly name: string;
  readonly sha256: string;
  /** What workers are sent. */
  readonly bytes: Uint8Array;
  /** What the plan must know of the classes that take part. */
  readonly classes: readonly PlanClass[];
  /** The system under test, as reports show it. */
  readonly host: string;
  /** What it does besides its users, in this process. */
  readonly master: MasterScript;
}

/**
 * Bundles and loads what a command was given, and leaves the classes and tasks that were asked for.
 *
 * @param log - Where `console.*` of the script goes from now on: standard output is for results.
 * @throws {KatydidError} Where it does not load, or names are unknown, or a class has no host.
 */
export async function openRunScript(
  choice: ScriptChoice,
  options: ScriptOptions,
  log: (level: LogLevel, text: string) => void,
): Promise<RunScript> {
  captureConsole(log);
  return runScriptOf(await loadChoice(choice, options), options);
}

/** The same of a run that is carried on, from what its workers were sent. */
export async function reopenRunScript(
  bytes: Uint8Array,
  choice: Omit<ScriptChoice, 'source'>,
  options: ScriptOptions,
  log: (level: LogLevel, text: string) => void,
): Promise<RunScript> {
  captureConsole(log);
  return runScriptOf(await loadBundle(decodeBundle(bytes), choice, options), options);
}

function runScriptOf({ bundle, model }: LoadedChoice, options: ScriptOptions): RunScript {
  requireHosts(model, options.host);
  return {
    name: bundle.name,
    sha256: bundle.sha256,
    bytes: encodeBundle(bundle),
    classes: planClasses(model),
    host: shownHost(model, options.host),
    master: new MasterScript(model),
  };
}
