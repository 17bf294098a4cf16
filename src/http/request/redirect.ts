import { isUtf8 } from 'node:buffer';
import { parseHttpUrl, pathAndQuery } from './request-target.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer leads. */
export interface Redirect {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** Whether the body goes along; where not, its content headers stay behind too. */
  readonly keepsBody: boolean;
  /** Headers (lower case) that must not go there. */
  readonly dropped: ReadonlySet<string>;
}

const NOTHING: readonly string[] = [];
/** They describe a body that is not sent any more. */
const BODY_HEADERS: readonly string[] = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
];
/** They are secrets for, or the name of, another origin. */
const ORIGIN_HEADERS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
];

/**
 * What a redirecting answer asks for, by the fetch standard: 303 turns everything but HEAD into GET,
 * 301 and 302 turn POST into GET, 307 and 308 change nothing.
 *
 * @returns `undefined` where the answer is final: it is no redirect, or its `location` is missing, empty, or
 *   leads somewhere else than HTTP; the name of the failure where `location` is no URL at all.
 */
export function redirectOf(
  status: number,
  location: string | undefined,
  method: string,
  origin: string,
  path: string,
): Redirect | 'bad redirect' | undefined {
  if (!REDIRECTS.has(status) || location === undefined || location.trim() === '') return undefined;
  const reference = textOfLocation(location);
  const url = parseHttpUrl(reference, origin + path);
  if (url === undefined) {
    return URL.canParse(reference, origin + path) ? undefined : 'bad redirect';
  }
  const becomesGet =
    status === 303 ? method !== 'HEAD' && method !== 'GET' : status < 303 && method === 'POST';
  const dropped = [
    ...(becomesGet ? BODY_HEADERS : NOTHING),
    ...(url.origin === origin ? NOTHING : ORIGIN_HEADERS),
  ];
  return {
    method: becomesGet ? 'GET' : method,
    origin: url.origin,
    path: pathAndQuery(url),
    keepsBody: !becomesGet,
    dropped: new Set(dropped),
  };
}

/** Header bytes come as latin1. Servers write UTF-8 into them; other bytes are sent back as they came. */
function textOfLocation(location: string): string {
  const bytes = Buffer.from(location, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return location.replaceAll(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
