import { messageOf } from '../../base/errors.ts';
import { EXIT_STATUS } from '../../base/exit-status.ts';
import { textOf } from '../../base/thrown.ts';
import { shownText } from './error-text.ts';
import { exitAtOnce } from './guard-exit.ts';
import type { Terminal } from './terminal.ts';

/** Ends the process for a mistake of katydid's own that nobody caught: nothing that follows could be trusted. */
export function failHard(thrown: unknown, terminal: Terminal): never {
  const stack = textOf(thrown, 'stack');
  terminal.err(`katydid: this is a mistake in katydid: ${shownText(stack || messageOf(thrown))}\n`);
  exitAtOnce(EXIT_STATUS.couldNotRun);
}
