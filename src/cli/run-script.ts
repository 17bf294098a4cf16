import { UsageError } from '../base/errors.ts';
import type { PlanClass } from '../load/user-classes.ts';
import { captureConsole } from '../script/console-capture.ts';
import { encodeBundle } from '../script/script-bundle.ts';
import type { ScriptModel } from '../script/script-model.ts';
import type { LogLevel } from '../stats/run-snapshot.ts';
import type { ScriptChoice } from './invocation.ts';
import { loadChoice, planClasses } from './load-choice.ts';
import type { ScriptOptions } from './options/option-values.ts';

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
  const { source } = choice;
  captureConsole(log);
  const { bundle, model } = await loadChoice(choice, options);
  requireHosts(model, options.host);
  return {
    name: source.kind === 'file' ? bundle.name : source.url,
    sha256: bundle.sha256,
    bytes: encodeBundle(bundle),
    classes: planClasses(model),
    host: options.host ?? model.classes.find(({ host }) => host !== undefined)?.host ?? '',
  };
}

function requireHosts(model: ScriptModel, host: string | undefined): void {
  if (host !== undefined) return;
  const homeless = model.classes.filter((each) => each.isHttp && each.host === undefined);
  if (homeless.length === 0) return;
  const names = homeless.map((each) => each.name).join(', ');
  throw new UsageError(`no host is known for ${names}`, {
    hint: "Give it with -H http://localhost:8000, or in the class: static host = 'http://…'.",
  });
}
