/** Stands in place of a secret. */
const MASK = '***';

/** Headers whose values let somebody in, besides those whose names say so. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'authentication-info',
  'x-amz-security-token',
]);

/** Names of headers, query parameters and fields that stand for something secret. */
const SECRET_NAME =
  /token|secret|passw|pwd|credential|api[-_]?key|access[-_]?key|(^|[-_])(key|sig|signature|auth)$/i;

/** `name=value` in a query, a form or a cookie-like list. */
const PAIR = /(^|[?&;#\s"'])([^?&;#=\s"'<>]+)=([^&;#\s"'<>]*)/g;

/** `"name": "value"` in JSON; escapes stay within the value. */
const JSON_FIELD = /"((?:[^"\\]|\\.){1,200})"(\s*:\s*)("(?:[^"\\]|\\.)*"?|[\d.eE+-]+)/g;

/** The value of a header as it may be shown. */
export function maskedHeader(name: string, value: string): string {
  const lower = name.toLowerCase();
  if (SECRET_HEADERS.has(lower)) return maskedCredentials(value);
  if (lower === 'cookie') return value.split(';').map(maskedCookie).join(';');
  // The cookie's attributes (Path, Max-Age …) are worth seeing.
  if (lower === 'set-cookie') return value.replace(/^([^=;]*)=[^;]*/, `$1=${MASK}`);
  if (SECRET_NAME.test(lower)) return MASK;
  return maskedUrl(value);
}

/** A text whose URLs show no secret of their queries and no password. */
export function maskedUrl(text: string): string {
  return maskedPairs(text).replace(/:\/\/[^/@\s]*@/g, `://${MASK}@`);
}

/** A body without the values of fields that are named like secrets: forms and JSON. */
export function maskedBody(text: string): string {
  const json = text.replace(JSON_FIELD, (field: string, name: string, colon: string) =>
    SECRET_NAME.test(name) ? `"${name}"${colon}"${MASK}"` : field,
  );
  return maskedPairs(json);
}

/** Masks credentials; their scheme (`Basic`, `Bearer`) is no secret. */
function maskedCredentials(value: string): string {
  const scheme = /^([A-Za-z][\w-]*) +\S/.exec(value)?.[1];
  return scheme === undefined ? MASK : `${scheme} ${MASK}`;
}

function maskedCookie(pair: string): string {
  const name = pair.split('=', 1)[0] ?? '';
  return name === pair ? MASK : `${name}=${MASK}`;
}

function maskedPairs(text: string): string {
  return text.replace(PAIR, (pair: string, before: string, name: string) =>
    SECRET_NAME.test(decoded(name)) ? `${before}${name}=${MASK}` : pair,
  );
}

/** The name without the escapes that it may be written with, as a server reads it. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // The escapes are not valid: the name is what it looks like.
    return name;
  }
}
