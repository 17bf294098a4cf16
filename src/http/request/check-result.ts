import { messageOf } from '../../base/errors.ts';
import { shortText } from '../exchange/failure-name.ts';
import type { HttpResponse } from '../exchange/http-response.ts';
import type { ResponseCheck } from '../user/http-options.ts';

/**
 * Asks a script's check about an answer.
 *
 * @returns The failure's name, `undefined` where all is well; a promise where the check gave one.
 */
export function checkResult(
  check: ResponseCheck,
  response: HttpResponse,
): string | undefined | Promise<string | undefined> {
  try {
    const said: unknown = check(response);
    return isThenable(said)
      ? Promise.resolve(said).then(verdictOf, thrownVerdict)
      : verdictOf(said);
  } catch (error) {
    return thrownVerdict(error);
  }
}

function verdictOf(said: unknown): string | undefined {
  if (said === true) return undefined;
  if (said === false || said === '') return 'check failed';
  if (typeof said === 'string') return `check: ${shortText(said)}`;
  const kind = said === null ? 'null' : typeof said;
  return `check: returned ${article(kind)}, expected true, false or a message`;
}

function article(kind: string): string {
  if (kind === 'undefined' || kind === 'null') return kind;
  return kind === 'object' ? 'an object' : `a ${kind}`;
}

function thrownVerdict(error: unknown): string {
  return `check: ${shortText(messageOf(error))}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
