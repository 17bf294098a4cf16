import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ScriptError } from '../../base/errors.ts';

/** A file that a script names by `new URL('./users.csv', import.meta.url)`. */
export interface DataFile {
  /** From the load file's folder, with forward slashes; may begin with `../`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Stands for `..` in the folder of copies; no folder of a user has this name. */
const LEVEL_NAME = '~katydid-above';

/**
 * Where a script finds its data files in this process. Files are read at their own places where these hold
 * exactly what the bundle has; else from a private folder that this process makes, and removes at its end.
 */
export class DataFiles {
  readonly #folder: string;
  readonly #files: readonly DataFile[];
  #root: string | undefined;

  /** @param folder - Absolute path of the load file's folder on the machine where it was bundled. */
  constructor(folder: string, files: readonly DataFile[]) {
    this.#folder = folder;
    this.#files = files;
  }

  /**
   * The base of relative URLs of data files in a module.
   *
   * @param from - Folder of the module that names it, from the load file's folder.
   * @returns A `file:` URL that ends in a slash.
   */
  baseUrl(from: string): string {
    this.#root ??= this.#settle();
    return `${pathToFileURL(resolve(this.#root, from)).href}/`;
  }

  /** The load file's folder, or that of the copies. */
  #settle(): string {
    return this.#files.every((file) => this.#isInPlace(file)) ? this.#folder : this.#writeCopies();
  }

  #isInPlace({ path, bytes }: DataFile): boolean {
    try {
      return Buffer.compare(readFileSync(resolve(this.#folder, path)), bytes) === 0;
    } catch {
      // The file is not there, or may not be read: the copy does.
      return false;
    }
  }

  #writeCopies(): string {
    const top = mkdtempSync(join(tmpdir(), 'katydid-data-'));
    process.once('exit', () => rmSync(top, { recursive: true, force: true }));
    const levels = Math.max(0, ...this.#files.map(({ path }) => levelsAbove(path)));
    const root = join(top, ...Array.from({ length: levels }, () => LEVEL_NAME));
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (const { path, bytes } of this.#files) {
      const file = resolve(root, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, bytes, { mode: 0o600 });
    }
    return root;
  }
}

/**
 * The path of a data file as bundles have it.
 *
 * @param folder - The load file's folder.
 */
export function dataPath(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

/**
 * Checks a path that came from elsewhere.
 *
 * @throws {ScriptError} Where it would lead out of the folder of copies.
 */
export function requireDataPath(path: string): string {
  const parts = path.split('/');
  const above = levelsAbove(path);
  const isPlain =
    path !== '' &&
    path.length <= 4096 &&
    above <= 64 &&
    !path.includes('\\') &&
    !path.includes('\0') &&
    parts.slice(above).every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain || above === parts.length) {
    throw new ScriptError('the script that arrived names a data file by no proper path');
  }
  return path;
}

/** Hash over names and contents of data files, in hexadecimal. */
export function dataHash(code: string, files: readonly DataFile[]): string {
  const hash = createHash('sha256').update(code);
  for (const { path, bytes } of files) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}

function levelsAbove(path: string): number {
  return (/^(?:\.\.\/)*/.exec(path)?.[0].length ?? 0) / '../'.length;
}
