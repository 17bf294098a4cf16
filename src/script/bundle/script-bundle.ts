import { isAbsolute } from 'node:path';
import { ScriptError } from '../../base/errors.ts';
import { type DataFile, dataHash, requireDataPath } from './data-files.ts';

/** Largest script that goes to workers, source map and data files included. */
export const MAX_BUNDLE_BYTES: number = 20 * 1024 * 1024;
/** Largest encoded script: the largest bundle, and the names of its parts. */
const MAX_ENCODED_BYTES = MAX_BUNDLE_BYTES + 2 * 1024 * 1024;

/** A load file with everything that it imports, as one module. Plain data. */
export interface ScriptBundle {
  /** Absolute path of the load file on the machine it was bundled on; what `import.meta.url` means. */
  readonly path: string;
  /** Its base name, or the URL where there is no file. */
  readonly name: string;
  /** One ES module with an inline source map, importing nothing but `katydid` and Node's own modules. */
  readonly code: string;
  /** Hash of code and data files, in hexadecimal; the same wherever the same files lie. */
  readonly sha256: string;
  /** Files that the code names by `new URL('./…', import.meta.url)`. */
  readonly files: readonly DataFile[];
}

/** The bundle of `code`. */
export function scriptBundle(
  path: string,
  name: string,
  code: string,
  files: readonly DataFile[] = [],
): ScriptBundle {
  return { path, name, code, sha256: dataHash(code, files), files };
}

const LINE_BREAK = 10;
const MAX_FILES = 10_000;

/**
 * The bundle as bytes: one line of JSON, then the code, then the data files one after the other.
 *
 * @throws {ScriptError} Where it is too big to be sent to workers.
 */
export function encodeBundle(bundle: ScriptBundle): Uint8Array<ArrayBuffer> {
  const { path, name, code, sha256 } = bundle;
  const contentBytes = bundleBytes(code, bundle.files);
  if (contentBytes > MAX_BUNDLE_BYTES) throw tooBig(name, contentBytes);
  const codeBytes = new TextEncoder().encode(code);
  const files = bundle.files.map((file) => ({ path: file.path, bytes: file.bytes.length }));
  const listed = { path, name, code: codeBytes.length, sha256, files };
  const head = new TextEncoder().encode(`${JSON.stringify(listed)}\n`);
  const parts = [head, codeBytes, ...bundle.files.map((file) => file.bytes)];
  const bytes = new Uint8Array(Buffer.concat(parts));
  if (bytes.length > MAX_ENCODED_BYTES) throw tooBig(name, bytes.length);
  return bytes;
}

/**
 * Reads a bundle back.
 *
 * @throws {ScriptError} Where the bytes are no bundle, damaged, or too many.
 */
export function decodeBundle(bytes: Uint8Array): ScriptBundle {
  if (bytes.length > MAX_ENCODED_BYTES) throw tooBig('the script', bytes.length);
  const headEnd = bytes.indexOf(LINE_BREAK);
  if (headEnd === -1) throw noBundle();
  const head = parsed(bytes.subarray(0, headEnd));
  const { path, name, code: codeBytes, sha256, files: listed } = head;
  const isWhole =
    typeof path === 'string' && typeof name === 'string' && isSize(codeBytes) && isAbsolute(path);
  if (!isWhole) throw noBundle();
  const codeEnd = headEnd + 1 + codeBytes;
  if (codeEnd > bytes.length) throw damaged();
  const code = textOf(bytes.subarray(headEnd + 1, codeEnd));
  const files = filesIn(listed, bytes.subarray(codeEnd));
  if (sha256 !== dataHash(code, files)) throw damaged();
  return { path, name, code, sha256, files };
}

function filesIn(listed: unknown, content: Uint8Array): readonly DataFile[] {
  if (!Array.isArray(listed) || listed.length > MAX_FILES) throw noBundle();
  let offset = 0;
  const files = listed.map((entry: unknown): DataFile => {
    if (typeof entry !== 'object' || entry === null) throw noBundle();
    const { path, bytes }: { path?: unknown; bytes?: unknown } = entry;
    if (typeof path !== 'string' || !isSize(bytes)) throw noBundle();
    const from = offset;
    offset += bytes;
    return { path: requireDataPath(path), bytes: content.subarray(from, offset) };
  });
  if (offset !== content.length) throw damaged();
  return files;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw damaged(cause);
  }
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw noBundle(cause);
  }
  throw noBundle();
}

function damaged(cause?: unknown): ScriptError {
  return new ScriptError('the script that arrived is damaged', { cause });
}

function noBundle(cause?: unknown): ScriptError {
  return new ScriptError('the script that arrived is no bundle', { cause });
}

function tooBig(name: string, bytes: number): ScriptError {
  return tooBigBundle(
    name,
    bytes,
    'Import less: large data and whole packages travel to every worker.',
  );
}

/** Bytes of code and data files together. */
export function bundleBytes(code: string, files: readonly DataFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes.length, Buffer.byteLength(code));
}

/** The error of a script that is too big to be sent. */
export function tooBigBundle(name: string, bytes: number, hint: string): ScriptError {
  const megabytes = (bytes / 1024 / 1024).toFixed(1);
  return new ScriptError(
    `${name}: ${megabytes} MB with everything it imports, at most 20 MB go to workers`,
    { hint },
  );
}
