import { ScriptError } from '../../base/errors.ts';
import type { SourcePlace } from './code-frame.ts';
import { sourcePlace } from './script-sources.ts';

/** What an error is about: a class of the script, and which of its members where that is known. */
interface Declaration {
  readonly declaring: object;
  readonly member: string | undefined;
}

/** The innermost class that each error is about. */
const declarationOf = new WeakMap<ScriptError, Declaration>();

/**
 * Runs a check of what `declaring` declares: errors that it throws are about that class.
 *
 * @param member - The member that they are about, where it is one.
 */
export function declaredIn<Result>(
  declaring: object,
  check: () => Result,
  member?: string,
): Result {
  try {
    return check();
  } catch (thrown) {
    if (thrown instanceof ScriptError && !declarationOf.has(thrown)) {
      declarationOf.set(thrown, { declaring, member });
    }
    throw thrown;
  }
}

/**
 * Where the class, or the member of it, that `thrown` is about begins in the user's own file.
 *
 * @param url - What the bundle was loaded as.
 * @param code - Its text.
 * @returns `undefined` for an error that is about no class of that bundle.
 */
export function classPlaceOf(thrown: unknown, url: string, code: string): SourcePlace | undefined {
  const found = thrown instanceof ScriptError ? declarationOf.get(thrown) : undefined;
  if (found === undefined) return undefined;
  // The bundler may change names, and decorators make names up; the text of the class stays.
  const text = Function.prototype.toString.call(found.declaring);
  const start = code.indexOf(text);
  if (start === -1) return undefined;
  const index = start + memberOffset(text, found.member);
  const before = code.slice(0, index);
  const line = before.split('\n').length;
  return sourcePlace(url, line, index - before.lastIndexOf('\n'));
}

/** Where a member is declared in the text of its class; 0 where that cannot be told. */
function memberOffset(classText: string, member: string | undefined): number {
  if (member === undefined || !/^[\w$]+$/.test(member)) return 0;
  const name = member.replaceAll('$', '\\$');
  const declaration = new RegExp(
    `^[^\\S\\n]*(?:__publicField\\(this, "${name}"|(?:(?:static|async|get|set)\\s+)*\\*?\\s*${name}\\s*[=;(])`,
    'm',
  );
  const found = declaration.exec(classText);
  return found === null ? 0 : found.index + found[0].search(/\S/);
}
