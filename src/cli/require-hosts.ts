import { UsageError } from '../base/errors.ts';
import type { ScriptModel } from '../script/script-model.ts';

/**
 * Makes sure that every class with an HTTP client has somewhere to go.
 *
 * @param host - Of `--host`.
 * @throws {UsageError} With the classes that have no host.
 */
export function requireHosts(model: ScriptModel, host: string | undefined): void {
  if (host !== undefined) return;
  const homeless = model.classes.filter((each) => each.isHttp && each.host === undefined);
  if (homeless.length === 0) return;
  const names = homeless.map((each) => each.name).join(', ');
  throw new UsageError(`no host is known for ${names}`, {
    hint: "Give it with -H http://localhost:8000, or in the class: static host = 'http://…'.",
  });
}
