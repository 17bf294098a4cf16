import type { Fields, FieldValue } from '../user/http-options.ts';

/** Entries URL-encoded: `a=1&b=x+y`; the empty string without any. */
export function encodeFields(fields: Fields): string {
  if (fields instanceof URLSearchParams) return fields.toString();
  const encoded = new URLSearchParams();
  if (isPairs(fields)) {
    for (const [name, value] of fields) append(encoded, String(name), value);
    return encoded.toString();
  }
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'object' || value === null) append(encoded, name, value);
    else for (const one of value) append(encoded, name, one);
  }
  return encoded.toString();
}

/** `path` with `fields` added to its query. */
export function withQuery(path: string, fields: Fields | undefined): string {
  const query = fields === undefined ? '' : encodeFields(fields);
  if (query === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function append(to: URLSearchParams, name: string, value: FieldValue): void {
  if (value !== undefined && value !== null) to.append(name, String(value));
}

function isPairs(fields: Fields): fields is readonly (readonly [string, FieldValue])[] {
  return Array.isArray(fields);
}
