import type { KatydidError } from '../../base/errors.ts';
import { cutText } from '../../stats/bytes/cut-text.ts';

/** Longer than any message with its place and code frame, unless a script has made it so. */
const MAX_SHOWN_CHARS = 8000;
/** Control characters but tab and line feed, and marks that turn the direction of writing. */
const STEERING = /[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu;

/** An error as the terminal shows it: its message and, on a line of its own, what to do. */
export function errorText({ message, hint }: KatydidError): string {
  return `katydid: ${shownText(message)}\n${hint === undefined ? '' : `  ${shownText(hint)}\n`}`;
}

/** A text that may come from a load file, as a terminal may get it: bounded, nothing in it that steers. */
export function shownText(text: string): string {
  return cutText(text, MAX_SHOWN_CHARS).replaceAll(STEERING, '?');
}
