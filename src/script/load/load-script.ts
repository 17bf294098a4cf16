import { pathToFileURL } from 'node:url';
import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf, ScriptError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { isError, textOf } from '../../base/thrown.ts';
import { secondsToMs } from '../../base/units.ts';
import type { ScriptBundle } from '../bundle/script-bundle.ts';
import { applySettings } from '../model/apply-settings.ts';
import { modelOf, type ScriptModel } from '../model/script-model.ts';
import { classPlaceOf } from '../trace/class-place.ts';
import { codeFrame, type SourcePlace, shownPath } from '../trace/code-frame.ts';
import { rememberSources } from '../trace/script-sources.ts';
import { placeOf } from '../trace/trace.ts';
import { provideDataFiles } from './data-places.ts';
import { importCode, publicNames } from './module-host.ts';

/** How a script is loaded. */
export interface LoadScriptOptions {
  /** Values of `--set`, by `Class.attribute`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long the top level of the script may take. @default 60 */
  readonly timeoutSeconds?: number;
  /** Measures that time. @default The machine's own clock. */
  readonly clock?: Clock;
}

/** Bundles of one path that were loaded in this process; a module cannot be loaded twice by one URL. */
const loadedByUrl = new Map<string, number>();

/**
 * Loads a bundled script into this process, which needs neither its files nor its packages.
 *
 * @throws {ScriptError} Where its top level throws, or it declares what cannot be run.
 * @throws {UsageError} Where a setting names what is not there.
 */
export async function loadScript(
  bundle: ScriptBundle,
  options: LoadScriptOptions = {},
): Promise<ScriptModel> {
  const url = freshUrl(bundle.path);
  rememberSources(url, bundle.code);
  provideDataFiles(url, bundle);
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await inTime(importCode(url, bundle.code), options);
  } catch (thrown) {
    throw loadError(thrown, bundle.path);
  }
  applySettings(exported, options.settings ?? {});
  try {
    return modelOf(exported, bundle.name);
  } catch (thrown) {
    throw declarationError(thrown, classPlaceOf(thrown, url, bundle.code));
  }
}

/** Waits for a module, but not for ever: its top level may await what never comes. */
async function inTime<Result>(
  imported: Promise<Result>,
  options: LoadScriptOptions,
): Promise<Result> {
  const { clock = systemClock, timeoutSeconds = 60 } = options;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(secondsToMs(timeoutSeconds), () =>
    reject(new ScriptError(`its top level did not end within ${timeoutSeconds} s`)),
  );
  try {
    return await Promise.race([imported, late]);
  } finally {
    clock.clearTimer(timer);
  }
}

function freshUrl(path: string): string {
  const { href } = pathToFileURL(path);
  const times = loadedByUrl.get(href) ?? 0;
  loadedByUrl.set(href, times + 1);
  return times === 0 ? href : `${href}?load=${times + 1}`;
}

function loadError(thrown: unknown, path: string): ScriptError {
  const place = placeOf(thrown);
  const reason = reasonOf(thrown);
  const message = place === undefined ? `${shownPath(path)}: ${reason}` : codeFrame(place, reason);
  const hint = hintFor(thrown);
  return new ScriptError(message, { cause: thrown, ...(hint === undefined ? {} : { hint }) });
}

/** The error of a class that cannot be used, at the place where it threw, or else where the class is. */
function declarationError(thrown: unknown, classPlace: SourcePlace | undefined): unknown {
  if (!(thrown instanceof ScriptError)) return thrown;
  const place = placeOf(thrown) ?? classPlace;
  if (place === undefined) return thrown;
  const { message, hint } = thrown;
  return new ScriptError(codeFrame(place, message), {
    cause: thrown,
    ...(hint === undefined ? {} : { hint }),
  });
}

function reasonOf(thrown: unknown): string {
  if (!isError(thrown)) return `threw ${messageOf(thrown)}`;
  const missing = missingExport(thrown);
  if (missing !== undefined) return `katydid exports no '${missing}'`;
  if (thrown instanceof ScriptError) return thrown.message;
  return `${textOf(thrown, 'name') || 'Error'}: ${messageOf(thrown)}`;
}

function hintFor(thrown: unknown): string | undefined {
  if (!isError(thrown)) return undefined;
  if (thrown instanceof ScriptError) return thrown.hint;
  const missing = missingExport(thrown);
  if (missing === undefined) return importHint(thrown);
  if (missing === 'default')
    return "Name what you want: `import { HttpUser, task } from 'katydid'`.";
  const meant = nearestName(missing, publicNames());
  return meant === undefined ? undefined : `Did you mean '${meant}'?`;
}

/** What to write where a script uses a name of katydid's that it does not import. */
function importHint(thrown: Error): string | undefined {
  if (!(thrown instanceof ReferenceError)) return undefined;
  const name = /^(\w+) is not defined$/.exec(thrown.message)?.[1];
  if (name === undefined || !publicNames().includes(name)) return undefined;
  return `Import it: import { ${name} } from 'katydid';`;
}

/** The name that a script imports from katydid although katydid has no such export. */
function missingExport(thrown: unknown): string | undefined {
  if (!(thrown instanceof SyntaxError)) return undefined;
  return /module 'katydid' does not provide an export named '([^']+)'/.exec(thrown.message)?.[1];
}
