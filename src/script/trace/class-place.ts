import { ScriptError } from '../../base/errors.ts';
import type { SourcePlace } from './code-frame.ts';
import { sourcePlace } from './script-sources.ts';

/** The innermost class of the script that each error is about. */
const classOf = new WeakMap<ScriptError, object>();

/** Runs a check of what `declaring` declares: errors that it throws are about that class. */
export function declaredIn<Result>(declaring: object, check: () => Result): Result {
  try {
    return check();
  } catch (thrown) {
    if (thrown instanceof ScriptError && !classOf.has(thrown)) classOf.set(thrown, declaring);
    throw thrown;
  }
}

/**
 * Where the class that `thrown` is about begins in the user's own file.
 *
 * @param url - What the bundle was loaded as.
 * @param code - Its text.
 * @returns `undefined` for an error that is about no class of that bundle.
 */
export function classPlaceOf(thrown: unknown, url: string, code: string): SourcePlace | undefined {
  const declaring = thrown instanceof ScriptError ? classOf.get(thrown) : undefined;
  if (declaring === undefined) return undefined;
  // Names may be changed by the bundler and made up by decorators; the text is the class itself.
  const index = code.indexOf(Function.prototype.toString.call(declaring));
  if (index === -1) return undefined;
  const before = code.slice(0, index);
  const line = before.split('\n').length;
  return sourcePlace(url, line, index - before.lastIndexOf('\n'));
}
