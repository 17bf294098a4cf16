import { appendFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import {
  parseRunKey,
  type RunKey,
  type RunKeyChange,
  runKeyLine,
} from '../../protocol/files/run-key.ts';
import { writeFileWhole } from '../../report/write-file-whole.ts';

/** A bundle of 20 MB in base64, what `setup` returned, and all the rest. */
const MAX_KEY_BYTES = 64 * 1024 * 1024;

/** The key of a run that goes on, in a file beside its run file that its owner alone may read. */
export class RunKeyFile {
  readonly #path: string;

  /**
   * Writes it, whole.
   *
   * @throws {KatydidError} `KAT_OUTPUT` or `KAT_DISK_FULL` where it cannot be written.
   */
  constructor(runFile: string, key: RunKey) {
    this.#path = keyPathOf(runFile);
    writeFileWhole(this.#path, [runKeyLine(key)], {
      mode: 0o600,
      hint: 'A master keeps beside the run file what it takes to resume the run.',
    });
  }

  /**
   * Adds what is known only now. It does not wait for the disk: the run is about to start, a process that
   * is killed takes nothing with it that it has written, and the run file has the start as well.
   *
   * @throws {Error} Where it cannot be written.
   */
  add(change: RunKeyChange): void {
    appendFileSync(this.#path, runKeyLine(change));
  }

  /** Takes it away: nobody is to resume the run, or needs to. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

/**
 * Reads the key beside a run file.
 *
 * @throws {KatydidError} `KAT_RESUME` where there is none, it cannot be read, or another version wrote it.
 */
export function readRunKey(runFile: string): RunKey {
  const path = keyPathOf(runFile);
  let key: RunKey;
  try {
    const { size } = statSync(path);
    if (size > MAX_KEY_BYTES) throw cannotResume(runFile, `${path} has ${size} bytes`);
    key = parseRunKey(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof KatydidError && error.code === 'KAT_RESUME') throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = isMissing ? `there is no ${path}` : `${path}: ${messageOf(error)}`;
    throw cannotResume(runFile, why, error);
  }
  if (key.katydid !== VERSION) {
    throw cannotResume(runFile, `katydid ${key.katydid} began it, and this is ${VERSION}`);
  }
  return key;
}

/** Takes the key of a run away that ended as its process was killed: it has secrets, and is of no more use. */
export function removeRunKey(runFile: string, runId: string): void {
  try {
    if (readRunKey(runFile).runId === runId) rmSync(keyPathOf(runFile));
  } catch {
    // None, or none of that run.
  }
}

/** The error of a run that cannot be carried on. */
export function cannotResume(runFile: string, why: string, cause?: unknown): KatydidError {
  return new KatydidError('KAT_RESUME', `cannot resume ${runFile}: ${why}`, {
    hint: 'katydid report makes all outputs from the run file; --merge adds the salvage files of workers.',
    cause,
  });
}

function keyPathOf(runFile: string): string {
  return `${runFile}.key`;
}
