import { resolve } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { type ScriptBundle, scriptBundle } from './script-bundle.ts';

/** The one request that a run without a load file repeats. */
export interface UrlRequest {
  /** Absolute, http or https. */
  readonly url: string;
  /** @default 'GET', or 'POST' with a body */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The script of `katydid run https://host/path`: a class `UrlUser` with one task, which makes the request.
 *
 * @throws {UsageError} Where the URL cannot be requested.
 */
export function urlBundle(request: UrlRequest): ScriptBundle {
  const { origin, path } = partsOf(request.url);
  const { headers = {}, body } = request;
  const method = request.method ?? (body === undefined ? 'GET' : 'POST');
  const options = { headers, ...(body === undefined ? {} : { body }) };
  const code = [
    "import { HttpUser } from 'katydid';",
    `const options = ${JSON.stringify(options)};`,
    'export class UrlUser extends HttpUser {',
    `  static host = ${JSON.stringify(origin)};`,
    "  static tasks = ['request'];",
    '  async request() {',
    `    await this.client.request(${JSON.stringify(method)}, ${JSON.stringify(path)}, options);`,
    '  }',
    '}',
    '',
  ].join('\n');
  return scriptBundle(resolve('katydid-url-script.mjs'), request.url, code);
}

function partsOf(text: string): { origin: string; path: string } {
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
