import { UsageError } from '../../base/errors.ts';
import type { PlanClass } from '../../load/user-classes.ts';
import { bundleScript } from '../../script/bundle/bundle.ts';
import type { ScriptBundle } from '../../script/bundle/script-bundle.ts';
import { urlBundle } from '../../script/bundle/url-script.ts';
import { declaredOptions, giveOptions } from '../../script/host/define-options.ts';
import { enterProcess } from '../../script/host/script-process.ts';
import { loadScript } from '../../script/load/load-script.ts';
import { applyTags } from '../../script/model/apply-tags.ts';
import { type ScriptModel, selectClasses } from '../../script/model/script-model.ts';
import { declarationProblems, NOTHING_DECLARED } from '../options/read/declared-options.ts';
import type {
  LoadOptions,
  OutputOptions,
  RunningOptions,
  ScriptOptions,
} from '../options/table/option-values.ts';
import type { ScriptChoice } from '../parse/invocation.ts';
import { environmentOptions } from './environment-options.ts';

/** What of the options loading takes; `environment.options` shows more where there is more. */
export type ChoiceOptions = Pick<
  ScriptOptions,
  'scriptEnv' | 'settings' | 'tags' | 'excludeTags' | 'host'
> &
  Partial<LoadOptions & RunningOptions & OutputOptions>;

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
  { source, userClasses, declared = NOTHING_DECLARED }: ScriptChoice,
  options: ChoiceOptions,
): Promise<LoadedChoice> {
  const bundle =
    source.kind === 'file' ? await bundleScript(source.path) : urlBundle(source.requests);
  return loadBundle(bundle, { userClasses, declared }, options);
}

/** The same with what is bundled already. */
export async function loadBundle(
  bundle: ScriptBundle,
  { userClasses, declared = NOTHING_DECLARED }: Omit<ScriptChoice, 'source'>,
  options: ChoiceOptions,
): Promise<LoadedChoice> {
  Object.assign(process.env, options.scriptEnv);
  const facts = { role: 'master', workerIndex: -1, workerCount: 0 } as const;
  enterProcess({ ...facts, host: options.host ?? '', options: environmentOptions(options) });
  giveOptions(declared.values, process.env);
  const loaded = await loadScript(bundle, { settings: options.settings });
  const [problem] = declarationProblems(declaredOptions());
  if (problem !== undefined) throw new UsageError(problem);
  const selected = selectClasses(loaded, userClasses);
  return { bundle, model: applyTags(selected, options.tags, options.excludeTags) };
}

/** What the plan must know of the classes that take part. */
export function planClasses(model: ScriptModel): readonly PlanClass[] {
  return model.classes.map(({ name, weight, fixedCount }) => ({ name, weight, fixedCount }));
}
