import type { ErrorCode, KatydidError } from '../base/errors.ts';

const EXIT_USAGE = 2;
const EXIT_COULD_NOT_RUN = 5;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KAT_USAGE',
  'KAT_SCRIPT',
  'KAT_OUTPUT',
  'KAT_RUN_FILE',
]);

/** The exit status of a command that ends with this error. */
export function exitStatusOfError({ code }: KatydidError): number {
  return USAGE_CODES.has(code) ? EXIT_USAGE : EXIT_COULD_NOT_RUN;
}

/** An error as the terminal shows it: its message and, on a line of its own, what to do. */
export function errorText({ message, hint }: KatydidError): string {
  return `katydid: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`;
}
