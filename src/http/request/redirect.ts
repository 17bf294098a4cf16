import { parseHttpUrl } from './request-target.ts';

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
 * @returns `undefined` where the answer is no redirect, or its `location` is missing or no HTTP URL:
 * then it is final.
 */
export function redirectOf(
  status: number,
  location: string | undefined,
  method: string,
  origin: string,
  path: string,
): Redirect | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  // Header bytes come as latin1; servers write UTF-8 into them.
  const url = parseHttpUrl(Buffer.from(location, 'latin1').toString('utf8'), origin + path);
  if (url === undefined) return undefined;
  const becomesGet =
    status === 303 ? method !== 'HEAD' && method !== 'GET' : status < 303 && method === 'POST';
  const dropped = [
    ...(becomesGet ? BODY_HEADERS : NOTHING),
    ...(url.origin === origin ? NOTHING : ORIGIN_HEADERS),
  ];
  return {
    method: becomesGet ? 'GET' : method,
    origin: url.origin,
    path: url.pathname + url.search,
    keepsBody: !becomesGet,
    dropped: new Set(dropped),
  };
}
