import { inspect } from 'node:util';
import { type KatydidError, ScriptError } from '../../base/errors.ts';
import { RequestBodyError } from '../exchange/http-errors.ts';
import type { Fields } from '../user/http-options.ts';

/**
 * Entries URL-encoded: `a=1&b=x+y`; the empty string without any. A text is encoded already.
 *
 * @param option - What they are given as, for messages.
 * @throws {KatydidError} Where a value is none that a query or form can have, naming option and key.
 */
export function encodeFields(fields: Fields, option: 'params' | 'form'): string {
  if (typeof fields === 'string') return fields.replace(/^\?/, '');
  if (fields instanceof URLSearchParams) return fields.toString();
  const encoded = new URLSearchParams();
  if (Array.isArray(fields)) {
    for (const pair of fields) {
      if (!Array.isArray(pair) || pair.length !== 2) throw noPair(option, pair);
      append(encoded, option, String(pair[0]), pair[1]);
    }
    return encoded.toString();
  }
  for (const [name, value] of Object.entries(fields)) {
    if (!Array.isArray(value)) append(encoded, option, name, value);
    else for (const one of value) append(encoded, option, name, one);
  }
  return encoded.toString();
}

/** `path` with `params` added to its query. @throws As `encodeFields`. */
export function withQuery(path: string, params: Fields | undefined): string {
  const query = params === undefined ? '' : encodeFields(params, 'params');
  if (query === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function append(
  to: URLSearchParams,
  option: 'params' | 'form',
  name: string,
  value: unknown,
): void {
  if (value === undefined || value === null) return;
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    to.append(name, value.toISOString());
    return;
  }
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    const found = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
    throw new RequestBodyError(
      `${option}.${name} is ${found.slice(0, 60)}, no text, number or list`,
    );
  }
  to.append(name, String(value));
}

function noPair(option: 'params' | 'form', found: unknown): KatydidError {
  return wrongField(option, `${option}: a list holds pairs [name, value], found ${String(found)}`);
}

/** A form is the body of its request, params are not. */
function wrongField(option: 'params' | 'form', message: string): KatydidError {
  return option === 'form' ? new RequestBodyError(message) : new ScriptError(message);
}
