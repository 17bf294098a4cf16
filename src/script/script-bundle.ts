import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { ScriptError } from '../base/errors.ts';

/** Largest script that goes to workers, source map included. */
export const MAX_BUNDLE_BYTES: number = 20 * 1024 * 1024;

/** A load file with everything that it imports, as one module. Plain data. */
export interface ScriptBundle {
  /** Absolute path of the load file on the machine it was bundled on; what `import.meta.url` means. */
  readonly path: string;
  /** Its base name, or the URL where there is no file. */
  readonly name: string;
  /** One ES module with an inline source map, importing nothing but `katydid` and Node's own modules. */
  readonly code: string;
  /** Of the code, in hexadecimal; the same wherever the same files lie. */
  readonly sha256: string;
}

/** The bundle of `code`. */
export function scriptBundle(path: string, name: string, code: string): ScriptBundle {
  return { path, name, code, sha256: hashOf(code) };
}

/**
 * The bundle as bytes.
 *
 * @throws {ScriptError} Where it is too big to be sent to workers.
 */
export function encodeBundle(bundle: ScriptBundle): Uint8Array<ArrayBuffer> {
  const { path, name, code, sha256 } = bundle;
  const bytes = new TextEncoder().encode(JSON.stringify({ path, name, code, sha256 }));
  if (bytes.length > MAX_BUNDLE_BYTES) throw tooBig(name, bytes.length);
  return bytes;
}

/**
 * Reads a bundle back.
 *
 * @throws {ScriptError} Where the bytes are no bundle, damaged, or too many.
 */
export function decodeBundle(bytes: Uint8Array): ScriptBundle {
  if (bytes.length > MAX_BUNDLE_BYTES) throw tooBig('the script', bytes.length);
  const found = parsed(bytes);
  const { path, name, code, sha256 } = found;
  const isWhole =
    typeof path === 'string' &&
    typeof name === 'string' &&
    typeof code === 'string' &&
    isAbsolute(path);
  if (!isWhole) throw new ScriptError('the script that arrived is no bundle');
  if (sha256 !== hashOf(code)) throw new ScriptError('the script that arrived is damaged');
  return { path, name, code, sha256 };
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw new ScriptError('the script that arrived is no bundle', { cause });
  }
  throw new ScriptError('the script that arrived is no bundle');
}

function tooBig(name: string, bytes: number): ScriptError {
  const megabytes = (bytes / 1024 / 1024).toFixed(1);
  return new ScriptError(
    `${name}: ${megabytes} MB with everything it imports, at most 20 MB go to workers`,
    {
      hint: 'Import less: large data and whole packages travel to every worker.',
    },
  );
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
