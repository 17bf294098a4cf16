import { inLog } from '../../base/outside-text.ts';
import type { Terminal } from '../process/terminal.ts';

/** Where a trial says what it does: lines on standard error. */
export class TrialLines {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Prints a line, given without its line break; what a script or server put into it cannot steer a terminal. */
  print(line: string): void {
    this.#terminal.err(`${inLog(line)}\n`);
  }
}
