import { UsageError } from '../base/errors.ts';
import type { PlanClass } from '../load/user-classes.ts';
import { applyTags } from '../script/apply-tags.ts';
import { bundleScript } from '../script/bundle.ts';
import { loadScript } from '../script/load-script.ts';
import { encodeBundle } from '../script/script-bundle.ts';
import { type ScriptModel, selectClasses } from '../script/script-model.ts';
import { urlBundle } from '../script/url-script.ts';
import type { ScriptChoice } from './invocation.ts';
import type { ScriptOptions } from './options/option-values.ts';

/** A load file, loaded in this process and packed for the workers. */
export interface RunScript {
  /** As reports show it: the file's base name, or the URL. */
  readonly name: string;
  readonly sha256: string;
  /** What workers are sent. */
  readonly bytes: Uint8Array;
  readonly model: ScriptModel;
  /** What the plan must know of the classes that take part. */
  readonly classes: readonly PlanClass[];
  /** The system under test, as reports show it. */
  readonly host: string;
}

/**
 * Bundles and loads what a command was given, and leaves the classes and tasks that were asked for.
 *
 * @throws {KatydidError} Where it does not load, or names are unknown, or a class has no host.
 */
export async function openRunScript(
  choice: ScriptChoice,
  options: ScriptOptions,
): Promise<RunScript> {
  const { source } = choice;
  const bundle =
    source.kind === 'file' ? await bundleScript(source.path) : await urlBundle({ url: source.url });
  Object.assign(process.env, options.scriptEnv);
  const loaded = await loadScript(bundle, { settings: options.settings });
  const selected = selectClasses(loaded, choice.userClasses);
  const model = applyTags(selected, options.tags, options.excludeTags);
  requireHosts(model, options.host);
  return {
    name: source.kind === 'file' ? bundle.name : source.url,
    sha256: bundle.sha256,
    bytes: encodeBundle(bundle),
    model,
    classes: model.classes.map(({ name, weight, fixedCount }) => ({ name, weight, fixedCount })),
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
