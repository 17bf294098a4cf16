import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** An empty folder of one test, gone at its end: `using folder = new TempFolder()`, or by `remove`. */
export class TempFolder implements Disposable {
  /** Absolute, without symbolic links in it. */
  readonly path: string = realpathSync(mkdtempSync(join(tmpdir(), 'katydid-test-')));

  /** The absolute path of a name in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file, with the folders above it. @returns Its absolute path. */
  write(name: string, text = ''): string {
    const path = this.file(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Makes an empty folder in it. @returns Its absolute path. */
  folder(name: string): string {
    mkdirSync(this.file(name), { recursive: true });
    return this.file(name);
  }

  /** A file's text. */
  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** Whether a file is there. */
  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  /** Takes a file away. */
  removeFile(name: string): void {
    rmSync(this.file(name));
  }

  /** Takes the whole folder away. */
  remove(): void {
    // A process that was just killed may be writing its last file.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 20 });
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
