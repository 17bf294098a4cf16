/**
 * Looks at what a script asks for, before anything is made of it. A mistake that JavaScript passes over in
 * silence, such as `{ chekc: … }` or the body as the second argument, would send something else than was
 * meant. Hot: one look at each key, and no text unless something is wrong.
 */
import { inspect } from 'node:util';
import { ScriptError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { withoutCredentials } from '../../base/url-credentials.ts';

const OPTIONS: readonly string[] = [
  'name',
  'params',
  'headers',
  'json',
  'form',
  'body',
  'auth',
  'timeout',
  'redirect',
  'check',
  'background',
  'context',
];

/** What other clients call an option, and what to write here. */
const FOREIGN: Readonly<Record<string, string>> = {
  data: '`form: { … }`, `json: …` or `body: …`',
  files: '`body: formData`, a FormData',
  catch_response: '`check: (answer) => … || "why not"`',
  catchResponse: '`check: (answer) => … || "why not"`',
  allow_redirects: "`redirect: 'manual'`",
  allowRedirects: "`redirect: 'manual'`",
  followRedirects: "`redirect: 'manual'`",
  maxRedirects: '`static http = { maxRedirects: … }`',
  verify: '`static http = { insecure: true }`, or `ca`',
  insecure: '`static http = { insecure: true }`',
  cert: '`static http = { cert, key }`',
  proxies: '`static http = { proxy: … }`',
  proxy: '`static http = { proxy: … }`',
  cookies: '`this.client.cookies.set(name, value)`',
  stream: '`this.client.fetch(url)`, whose body streams',
  hooks: '`events.request.addListener(…)`',
  tags: '`name: …` to count it apart',
  query: '`params: { … }`',
  searchParams: '`params: { … }`',
  qs: '`params: { … }`',
  payload: '`form: { … }`, `json: …` or `body: …`',
  baseURL: '`this.client.extend({ baseUrl })`',
  method: '`this.client.request(method, url)`',
  url: 'the URL as the first argument',
  signal: '`timeout: seconds`',
};

/** Whether the second argument is likely the body: in Locust it is for these. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Refuses what is no request.
 *
 * @throws {ScriptError} Saying what was found and what to write instead.
 */
export function checkRequest(method: unknown, url: unknown, options: object | undefined): void {
  if (typeof method !== 'string' || method === '') throw noMethod(method);
  if (typeof url !== 'string' && !(url instanceof URL)) throw noUrl(method, url);
  if (options !== undefined) checkOptions(method, url, options);
}

function checkOptions(method: string, url: string | URL, options: object): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ScriptError(
      `${callOf(method, url)}: the second argument is an object of options, found ${shown(options)}; ${bodyAdvice(method)}`,
    );
  }
  for (const key in options) {
    // Objects of options are plain; what they inherit is looked at as well, as reading them does.
    const problem = problemOf(key, (options as Readonly<Record<string, unknown>>)[key]);
    if (problem !== undefined) throw optionError(method, url, options, problem);
  }
}

/** What is wrong with an option; an empty text where there is no such option. */
function problemOf(key: string, value: unknown): string | undefined {
  switch (key) {
    case 'json':
    case 'context':
      return undefined;
    case 'name':
      return isOneOf(value, 'string', 'function') ? undefined : wrong(key, 'a text', value);
    case 'check':
      return isOneOf(value, 'function') ? undefined : wrong(key, 'a function', value);
    case 'background':
      return isOneOf(value, 'boolean') ? undefined : wrong(key, 'true or false', value);
    case 'timeout':
      return value === undefined || (typeof value === 'number' && value >= 0)
        ? undefined
        : wrong(key, 'seconds of 0 or more', value);
    case 'redirect':
      return value === undefined || value === 'follow' || value === 'manual'
        ? undefined
        : wrong(key, "'follow' or 'manual'", value);
    case 'auth':
      return value === undefined || isPair(value)
        ? undefined
        : wrong(
            key,
            '[user, password]',
            Array.isArray(value) ? `a list of ${value.length}` : typeof value,
          );
    case 'headers':
      return isOneOf(value, 'object') ? undefined : wrong(key, 'an object', value);
    case 'params':
    case 'form':
      return isOneOf(value, 'object', 'string')
        ? undefined
        : wrong(key, 'an object of its entries', value);
    case 'body':
      return bodyProblem(value);
    default:
      return '';
  }
}

function bodyProblem(value: unknown): string | undefined {
  if (!isOneOf(value, 'object', 'string')) return wrong('body', 'a text or bytes', value);
  if (typeof value !== 'object' || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  if (!isPlain || Symbol.asyncIterator in value) return undefined;
  return 'body: a plain object or list is no body; write `json: …` or `form: …`';
}

/** `undefined` is as good as left out; `null` is no object here. */
function isOneOf(value: unknown, first: string, second: string = first): boolean {
  if (value === undefined) return true;
  return value !== null && (typeof value === first || typeof value === second);
}

function isPair(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'string'
  );
}

function wrong(key: string, wanted: string, found: unknown): string {
  return `${key}: expected ${wanted}, found ${shown(found)}`;
}

function optionError(
  method: string,
  url: string | URL,
  options: object,
  problem: string,
): ScriptError {
  const call = callOf(method, url);
  if (problem !== '') return new ScriptError(`${call}: ${problem}`);
  const unknown = Object.keys(options).filter((key) => !OPTIONS.includes(key));
  const [key = ''] = unknown;
  const instead = FOREIGN[key];
  if (instead !== undefined) {
    return new ScriptError(`${call}: there is no option \`${key}\`; write ${instead}`);
  }
  const meant = nearestName(key, OPTIONS);
  // With not one option that katydid knows, the object is the body, as Locust has it.
  const isBody = unknown.length === Object.keys(options).length && !isSlip(key, meant);
  if (isBody) {
    const names = unknown.slice(0, 3).join(', ');
    return new ScriptError(
      `${call}: the second argument holds options, and \`${names}\` is none; ${bodyAdvice(method)}`,
    );
  }
  const question = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return new ScriptError(`${call}: there is no option \`${key}\`${question}`);
}

/** Whether a key is so near an option that it is rather a slip than a field of a body. */
function isSlip(key: string, meant: string | undefined): boolean {
  return meant !== undefined && Math.abs(key.length - meant.length) <= 1 && key[0] === meant[0];
}

function bodyAdvice(method: string): string {
  return WITH_BODY.has(method.toUpperCase())
    ? 'did you mean `{ form: { … } }` or `{ json: { … } }`?'
    : 'did you mean `{ params: { … } }`?';
}

function noMethod(method: unknown): ScriptError {
  return new ScriptError(
    `client.request: the method comes first, as in request('GET', '/'); found ${shown(method)}`,
  );
}

function noUrl(method: string, url: unknown): ScriptError {
  const name = `client.${method.toLowerCase()}`;
  const found = url === undefined ? 'none was given' : `found ${shown(url)}`;
  return new ScriptError(`${name}: the first argument is a path or a URL; ${found}`);
}

function callOf(method: string, url: string | URL): string {
  const text = withoutCredentials(String(url));
  return `client.${method.toLowerCase()}('${text.length > 60 ? `${text.slice(0, 59)}…` : text}')`;
}

function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
