import type { PlanClass } from '../load/user-classes.ts';
import { applyTags } from '../script/apply-tags.ts';
import { bundleScript } from '../script/bundle.ts';
import { loadScript } from '../script/load-script.ts';
import type { ScriptBundle } from '../script/script-bundle.ts';
import { type ScriptModel, selectClasses } from '../script/script-model.ts';
import { urlBundle } from '../script/url-script.ts';
import type { ScriptChoice } from './invocation.ts';
import type { ScriptOptions } from './options/option-values.ts';

/** A load file, bundled, and what of it takes part. */
export interface LoadedChoice {
  readonly bundle: ScriptBundle;
  /** The classes and tasks that names and tags leave. */
  readonly model: ScriptModel;
}

/**
 * Bundles and loads what a command was given into this process, whose environment gets `-e` first.
 *
 * @throws {ScriptError} Where it does not load.
 * @throws {UsageError} Where a class, a tag or a setting is not there.
 */
export async function loadChoice(
  { source, userClasses }: ScriptChoice,
  options: Pick<ScriptOptions, 'scriptEnv' | 'settings' | 'tags' | 'excludeTags'>,
): Promise<LoadedChoice> {
  const bundle =
    source.kind === 'file' ? await bundleScript(source.path) : urlBundle({ url: source.url });
  Object.assign(process.env, options.scriptEnv);
  const loaded = await loadScript(bundle, { settings: options.settings });
  const selected = selectClasses(loaded, userClasses);
  return { bundle, model: applyTags(selected, options.tags, options.excludeTags) };
}

/** What the plan must know of the classes that take part. */
export function planClasses(model: ScriptModel): readonly PlanClass[] {
  return model.classes.map(({ name, weight, fixedCount }) => ({ name, weight, fixedCount }));
}
