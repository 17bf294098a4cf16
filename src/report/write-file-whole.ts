import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { KatydidError, messageOf } from '../base/errors.ts';

/** Characters that are collected before they are written. */
const CHUNK_CHARS = 1 << 16;

/**
 * Writes a file whole: it appears under its name, complete and on disk, or not at all.
 *
 * @param parts - The text, in as many pieces as is handy; may throw.
 * @throws {KatydidError} `KAT_OUTPUT`, or `KAT_DISK_FULL`, with the folder and the reason.
 */
export function writeFileWhole(path: string, parts: Iterable<string>): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeSynced(temporary, parts);
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    if (thrown instanceof KatydidError) throw thrown;
    const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC';
    throw new KatydidError(
      isFull ? 'KAT_DISK_FULL' : 'KAT_OUTPUT',
      `Cannot write ${path} in the folder ${dirname(path)}: ${messageOf(thrown)}`,
      { cause: thrown, hint: 'katydid report makes it again from the run file.' },
    );
  }
}

function writeSynced(path: string, parts: Iterable<string>): void {
  const descriptor = openSync(path, 'wx');
  try {
    let chunk = '';
    for (const part of parts) {
      chunk += part;
      if (chunk.length < CHUNK_CHARS) continue;
      writeFully(descriptor, chunk);
      chunk = '';
    }
    writeFully(descriptor, chunk);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeFully(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
