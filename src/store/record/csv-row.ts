/** What a cell says where there are no samples. */
export const NOT_AVAILABLE = 'N/A';

/** One line of a CSV file: quotes only where needed, ends in CRLF. */
export function csvRow(cells: readonly (string | number)[]): string {
  return `${cells.map(quoted).join(',')}\r\n`;
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
