import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { KatydidError, messageOf } from '../base/errors.ts';

/** Characters that are collected before they are written. */
const CHUNK_CHARS = 1 << 16;

/**
 * Writes a file whole: it appears under its name, complete and on disk, or not at all.
 *
 * @param parts - Text or bytes, in as many pieces as is handy; may throw.
 * @param how - Its permissions (0o600: for its owner alone), and what to do where it cannot be written.
 * @throws {KatydidError} `KAT_OUTPUT`, or `KAT_DISK_FULL`, with the folder and the reason.
 */
export function writeFileWhole(
  path: string,
  parts: Iterable<string | Uint8Array>,
  how: { readonly mode?: number; readonly hint?: string } = {},
): void {
  const { mode = 0o666, hint = 'katydid report makes it again from the run file.' } = how;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeSynced(temporary, parts, mode);
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    if (thrown instanceof KatydidError) throw thrown;
    const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC';
    throw new KatydidError(
      isFull ? 'KAT_DISK_FULL' : 'KAT_OUTPUT',
      `Cannot write ${path} in the folder ${dirname(path)}: ${messageOf(thrown)}`,
      { cause: thrown, hint },
    );
  }
}

function writeSynced(path: string, parts: Iterable<string | Uint8Array>, mode: number): void {
  const descriptor = openSync(path, 'wx', mode);
  try {
    let chunk = '';
    for (const part of parts) {
      if (typeof part !== 'string') {
        writeFully(descriptor, Buffer.from(chunk, 'utf8'));
        writeFully(descriptor, part);
        chunk = '';
        continue;
      }
      chunk += part;
      if (chunk.length < CHUNK_CHARS) continue;
      writeFully(descriptor, Buffer.from(chunk, 'utf8'));
      chunk = '';
    }
    writeFully(descriptor, Buffer.from(chunk, 'utf8'));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeFully(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
