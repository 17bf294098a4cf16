import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { KatydidError, messageOf } from '../../base/errors.ts';

/** Room for the last intervals of a stop and the end of the run. */
const RESERVE_BYTES = 8 * 1024 * 1024;

/**
 * Disk space kept back beside a new run file, so that a run that fills the disk can still be ended
 * properly. It is a file without a name: the space comes back by itself if the process dies.
 */
export class DiskReserve {
  #descriptor: number | undefined;

  /**
   * Creates the reserve.
   *
   * @param isNew - Whether the run file is to be created too, empty.
   * @throws {KatydidError} `KAT_OUTPUT` where the run file exists, or its folder does not, cannot be
   *   written, or has no room.
   */
  constructor(runFile: string, isNew: boolean) {
    if (isNew) createEmpty(runFile);
    const path = `${runFile}-reserve`;
    try {
      this.#descriptor = openSync(path, 'w');
      rmSync(path);
      writeFully(this.#descriptor, new Uint8Array(RESERVE_BYTES));
    } catch (cause) {
      this.release();
      if (isNew) rmSync(runFile, { force: true });
      throw new KatydidError(
        'KAT_OUTPUT',
        `Cannot write the run file in the folder ${dirname(runFile)}: ${reasonOf(cause)}`,
        { cause, hint: 'Make room, or name another folder with --out.' },
      );
    }
  }

  /** Gives the space back; calling it again does nothing. */
  release(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function writeFully(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  // A disk that fills up takes a part of a write before it refuses the rest.
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

function createEmpty(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw new KatydidError('KAT_OUTPUT', `The run file ${path} exists already`, {
        cause,
        hint: 'A run never overwrites another: name a new file with --out.',
      });
    }
    throw new KatydidError(
      'KAT_OUTPUT',
      `Cannot write the run file in the folder ${dirname(path)}: ${reasonOf(cause)}`,
      { cause, hint: 'Create the folder, or name another one with --out.' },
    );
  }
}

function reasonOf(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case 'ENOENT':
      return 'it does not exist';
    case 'ENOTDIR':
      return 'it is not a folder';
    case 'EACCES':
    case 'EPERM':
      return 'no permission';
    case 'EROFS':
      return 'it is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return messageOf(thrown);
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
