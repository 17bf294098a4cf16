import { resolve } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { type ScriptBundle, scriptBundle } from './script-bundle.ts';

/** One request of a run without a load file. */
export interface UrlTarget {
  /** In capitals. */
  readonly method: string;
  /** Absolute, http or https; or a path, which goes behind `--host`. */
  readonly url: string;
}

/** The requests that a run without a load file repeats. */
export interface UrlRequests {
  /** As reports show it in place of a load file's name. */
  readonly name: string;
  /** At least one. Each user goes round them, and begins with the target of its own number. */
  readonly targets: readonly UrlTarget[];
  /** Sent with every request, as name and value; a name may come more than once. */
  readonly headers: readonly (readonly [string, string])[];
  /** Sent with every request. */
  readonly body?: Uint8Array;
}

/**
 * The script of `katydid run https://host/path`: a class `UrlUser` with one task, which makes the next
 * request. Where all targets are on one host, they are named by their paths and `--host` may move them.
 *
 * @throws {UsageError} Where a URL cannot be requested.
 */
export function urlBundle(requests: UrlRequests): ScriptBundle {
  const places = requests.targets.map(({ url }) => placeOf(url));
  const [host] = places.map(({ origin }) => origin);
  const isOneHost = places.every(({ origin }) => origin === host);
  const targets = places.map(({ origin = '', path }, index) => [
    requests.targets[index]?.method ?? 'GET',
    isOneHost ? path : origin + path,
  ]);
  const code = [
    "import { HttpUser } from 'katydid';",
    `const targets = ${JSON.stringify(targets)};`,
    ...optionLines(requests),
    'export class UrlUser extends HttpUser {',
    ...(isOneHost && host !== undefined ? [`  static host = ${JSON.stringify(host)};`] : []),
    "  static tasks = ['request'];",
    '  async request() {',
    '    const [method, url] = targets[(this.index + this.iteration) % targets.length];',
    '    await this.client.request(method, url, options);',
    '  }',
    '}',
    '',
  ].join('\n');
  return scriptBundle(resolve('katydid-url-script.mjs'), requests.name, code);
}

/** One object of options serves all requests, so that it is prepared only once. */
function optionLines({ headers, body }: UrlRequests): readonly string[] {
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = fields[key];
    fields[key] = before === undefined ? value : [before, value].flat();
  }
  const shown = JSON.stringify(fields);
  if (body === undefined) return [`const options = { headers: ${shown} };`];
  const encoded = JSON.stringify(Buffer.from(body).toString('base64'));
  return [
    `const body = Buffer.from(${encoded}, 'base64');`,
    `const options = { headers: ${shown}, body };`,
  ];
}

/** Where a URL leads; without `origin` for a path, which goes behind `--host`. */
function placeOf(text: string): { readonly origin?: string; readonly path: string } {
  // A path is taken as written: the client resolves it behind the host.
  if (/^\/(?!\/)/.test(text)) return { path: text };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${text}: expected a URL that begins with http:// or https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      'the URL carries a user name or password, which would show in every report',
      {
        hint: "Send it as a header: --header 'Authorization: Basic …'.",
      },
    );
  }
  return { origin: url.origin, path: url.pathname + url.search };
}
