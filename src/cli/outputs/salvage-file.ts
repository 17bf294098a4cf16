import { lstatSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KatydidError, messageOf } from '../../base/errors.ts';
import {
  decodeSalvage,
  encodeSalvage,
  MAX_SALVAGE_BYTES,
  type Salvage,
} from '../../protocol/files/salvage.ts';
import { writeFileWhole } from '../../report/write-file-whole.ts';
import type { HeldIntervals } from '../../worker/agent.ts';

/** What the names of salvage files end in. */
const EXTENSION = '.katydid-salvage';

/**
 * Writes what a worker could not deliver, for its user alone to read: in the working directory, or where
 * that cannot be, in the one for temporary files.
 *
 * @returns The absolute path.
 * @throws {KatydidError} `KAT_OUTPUT` or `KAT_DISK_FULL` where it can be written to neither.
 */
export function writeSalvageFile(cwd: string, nodeId: string, held: HeldIntervals): string {
  const { runId, workerId, intervals } = held;
  // The worker's name first: ids may begin with a dash, which is how options begin.
  const name = `${workerId}-${runId}-${nodeId}${EXTENSION}`;
  const write = (folder: string): string => {
    const path = join(folder, name);
    const parts = encodeSalvage({ runId, workerId, nodeId }, intervals);
    writeFileWhole(path, parts, { mode: 0o600, hint: 'What the worker held is lost.' });
    return path;
  };
  try {
    return write(cwd);
  } catch {
    // Where a worker is started is often no place to write to, and nowhere else has what it measured.
    return write(tmpdir());
  }
}

/**
 * Reads a salvage file.
 *
 * @param warn - Told where it breaks off or is damaged, and what is whole before that is given.
 * @throws {KatydidError} `KAT_SALVAGE` where it cannot be read, is none, or says nothing of use.
 */
export function readSalvageFile(path: string, warn: (text: string) => void): Salvage {
  let salvage: Salvage;
  try {
    // Neither a device, which may have no end, nor a pipe, which may never begin.
    const { size } = checkedFile(path);
    if (size > MAX_SALVAGE_BYTES) throw unusable(path, `it has ${size} bytes`);
    salvage = decodeSalvage(readFileSync(path));
  } catch (error) {
    if (error instanceof KatydidError && error.code === 'KAT_SALVAGE') throw error;
    throw unusable(path, messageOf(error), error);
  }
  const { whole, intervals } = salvage;
  if (whole.length < intervals) {
    warn(`${path} is damaged: ${whole.length} of its ${intervals} intervals are whole`);
  }
  return salvage;
}

function checkedFile(path: string): { readonly size: number } {
  const found = lstatSync(path);
  if (found.isFile()) return found;
  throw unusable(path, 'it is no file');
}

function unusable(path: string, why: string, cause?: unknown): KatydidError {
  return new KatydidError('KAT_SALVAGE', `cannot use the salvage file ${path}: ${why}`, {
    hint: 'A worker that could not deliver writes one, and says its name as it ends.',
    cause,
  });
}
