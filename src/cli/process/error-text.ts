import type { KatydidError } from '../../base/errors.ts';
import { inTerminalLines } from '../../base/outside-text.ts';
import { cutText } from '../../stats/bytes/cut-text.ts';

/** Longer than any message with its place and code frame, unless a script has made it so. */
const MAX_SHOWN_CHARS = 8000;

/** An error as the terminal shows it: its message and, on a line of its own, what to do. */
export function errorText({ message, hint }: KatydidError): string {
  return `katydid: ${shownText(message)}\n${hint === undefined ? '' : `  ${shownText(hint)}\n`}`;
}

/** A text that may come from a load file, as a terminal may get it: bounded, nothing in it that steers. */
export function shownText(text: string): string {
  return inTerminalLines(cutText(text, MAX_SHOWN_CHARS));
}
