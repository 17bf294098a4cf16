import { messageOf, ScriptError } from '../../base/errors.ts';
import { isError, textOf } from '../../base/thrown.ts';
import { codeFrame } from './code-frame.ts';
import { placeOf } from './trace.ts';

/**
 * The error that ends a run because a part of the load file failed: file, line, caret, reason.
 *
 * @param what - Such as `setup()`.
 */
export function scriptFailure(thrown: unknown, what: string): ScriptError {
  const name =
    isError(thrown) && !(thrown instanceof ScriptError)
      ? `${textOf(thrown, 'name') || 'Error'}: `
      : '';
  const said = `${name}${messageOf(thrown)}`;
  const reason = said.startsWith(`${what}: `) ? said : `${what}: ${said}`;
  const place = placeOf(thrown);
  const hint = isError(thrown) && thrown instanceof ScriptError ? thrown.hint : undefined;
  return new ScriptError(place === undefined ? reason : codeFrame(place, reason), {
    cause: thrown,
    ...(hint === undefined ? {} : { hint }),
  });
}
