/** What a cell says where there are no samples. */
export const NOT_AVAILABLE = 'N/A';

/** One line of a CSV file: quotes only where needed, ends in CRLF. */
export function csvRow(cells: readonly (string | number)[]): string {
  return `${cells.map(quoted).join(',')}\r\n`;
}

/** Control characters but tab and line feed: escape sequences begin with them, and NUL ends texts. */
const STEERING = /[^\P{Cc}\t\n]/gu;

/**
 * A text from outside as a cell: one that a spreadsheet would take for a formula gets a leading `'`, and
 * characters that would steer a terminal are shown as `?`.
 */
export function textCell(text: string): string {
  const shown = text.replaceAll(STEERING, '?');
  return /^[=+\-@\t]/.test(shown) ? `'${shown}` : shown;
}

/** A time in microseconds as milliseconds, at most three decimals; `N/A` for null. */
export function millisecondsCell(us: number | null): string | number {
  return us === null ? NOT_AVAILABLE : Math.round(us) / 1000;
}

/** A quotient with at most six decimals; 0 where there is nothing to divide by. */
export function quotientCell(dividend: number, divisor: number): number {
  return divisor > 0 ? Math.round((dividend / divisor) * 1e6) / 1e6 : 0;
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
