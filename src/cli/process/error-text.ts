import type { ErrorCode, KatydidError } from '../../base/errors.ts';
import { cutText } from '../../stats/bytes/cut-text.ts';

/** Longer than any message with its place and code frame, unless a script has made it so. */
const MAX_SHOWN_CHARS = 8000;
/** Control characters but tab and line feed, and marks that turn the direction of writing. */
const STEERING = /[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu;

const EXIT_USAGE = 2;
const EXIT_COULD_NOT_RUN = 5;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KAT_USAGE',
  'KAT_SCRIPT',
  'KAT_OUTPUT',
  'KAT_RUN_FILE',
  'KAT_SALVAGE',
]);

/** The exit status of a command that ends with this error. */
export function exitStatusOfError({ code }: KatydidError): number {
  return USAGE_CODES.has(code) ? EXIT_USAGE : EXIT_COULD_NOT_RUN;
}

/** An error as the terminal shows it: its message and, on a line of its own, what to do. */
export function errorText({ message, hint }: KatydidError): string {
  return `katydid: ${shownText(message)}\n${hint === undefined ? '' : `  ${shownText(hint)}\n`}`;
}

/** A text that may come from a load file, as a terminal may get it: bounded, nothing in it that steers. */
export function shownText(text: string): string {
  return cutText(text, MAX_SHOWN_CHARS).replaceAll(STEERING, '?');
}
