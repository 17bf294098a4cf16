import { messageOf } from '../../base/errors.ts';
import { ResponseError } from '../../http/exchange/http-errors.ts';

/** Errors that are in the figures as failed requests already. */
const counted = new WeakSet<object>();

/**
 * Marks what a measured request threw, so that the task that it ends does not count it once more.
 *
 * @returns What to throw on: the same value, or an error in its place where that is no object.
 */
export function markCounted(thrown: unknown, request: string): unknown {
  if (typeof thrown !== 'object' || thrown === null) {
    return new ResponseError(request, messageOf(thrown), 0);
  }
  counted.add(thrown);
  return thrown;
}

/** Whether `thrown` is in the figures as a failed request. */
export function isCounted(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && counted.has(thrown);
}
