import { ScriptError } from '../../base/errors.ts';
import type { UnawaitedRequest } from '../../http/http-session.ts';
import type { UserClassModel } from '../model/script-model.ts';

/** What was said of each task, by its name; one set for all users of a class in this process. */
const said = new WeakMap<UserClassModel, Set<string>>();

/**
 * The word on a task that has ended while a request of its own was under way, which mostly is a forgotten
 * `await`. It is said once for each task of a class.
 *
 * @param isLastChance - Whether no later iteration of this user will tell where the script asked.
 * @returns `undefined` where it was said, or waits for an iteration that tells the place.
 */
export function wordOnUnawaited(
  model: UserClassModel,
  where: string,
  { method, url, caller }: UnawaitedRequest,
  isLastChance: boolean,
): ScriptError | undefined {
  if (caller === undefined && !isLastChance) return undefined;
  const tasks = said.get(model) ?? new Set<string>();
  said.set(model, tasks);
  if (tasks.has(where)) return undefined;
  tasks.add(where);
  const error = new ScriptError(
    `${where} ended while its request ${method} ${url} was still under way: write \`await\` before the request, or give it \`background: true\` where the task is not to wait for it`,
  );
  const frames = caller?.stack?.split('\n    at ').slice(1) ?? [];
  error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n    at ');
  return error;
}
