import { UsageError } from '../../base/errors.ts';
import { withoutCredentials } from '../../base/url-credentials.ts';
import type { ScriptModel } from '../../script/model/script-model.ts';

/**
 * Makes sure that every class with an HTTP client has somewhere to go, by HTTP.
 *
 * @param host - Of `--host`.
 * @throws {UsageError} With the classes that have no host, or cannot use the one that was given.
 */
export function requireHosts(model: ScriptModel, host: string | undefined): void {
  if (host !== undefined) {
    requireHttp(model, host);
    return;
  }
  const homeless = model.classes.filter((each) => each.isHttp && each.host === undefined);
  if (homeless.length === 0) return;
  const names = homeless.map((each) => each.name).join(', ');
  throw new UsageError(`no host is known for ${names}`, {
    hint: "Give it with -H http://localhost:8000, or in the class: static host = 'http://…'.",
  });
}

/**
 * The host that a run is said to be against, without user and password.
 *
 * @param host - Of `--host`; else the first class that names one decides.
 * @returns The empty string where there is none.
 */
export function shownHost(model: ScriptModel, host: string | undefined): string {
  const first = model.classes.find((each) => each.host !== undefined);
  return withoutCredentials(host ?? first?.host ?? '');
}

/** Other schemes are for classes that talk their protocol themselves. */
function requireHttp(model: ScriptModel, host: string): void {
  if (/^https?:\/\//i.test(host)) return;
  const talking = model.classes.filter((each) => each.isHttp);
  if (talking.length === 0) return;
  const names = talking.map((each) => each.name).join(', ');
  throw new UsageError(
    `--host ${withoutCredentials(host)}: ${names} needs a URL with http:// or https://`,
    {
      hint: 'Any other scheme is for users that extend User and talk its protocol themselves.',
    },
  );
}
