import type { Terminal } from '../../src/cli/process/terminal.ts';

/** Keeps what was written to it, piece by piece. */
export class RecordingTerminal implements Terminal {
  /** Standard output. */
  readonly written: string[] = [];
  /** Standard error. */
  readonly errors: string[] = [];

  out(text: string): void {
    this.written.push(text);
  }

  err(text: string): void {
    this.errors.push(text);
  }
}
