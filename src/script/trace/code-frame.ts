import { relative } from 'node:path';

/** Widest piece of a source line that is shown. */
const MAX_COLUMNS = 120;

/** A place in a user's own file. Line and column are 1-based. */
export interface SourcePlace {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Text of the line, where it is known. */
  readonly lineText: string | undefined;
}

/** `file:line:column: reason`, and underneath the line with a caret at the column. */
export function codeFrame(place: SourcePlace, reason: string): string {
  const head = `${shownPath(place.file)}:${place.line}:${place.column}: ${reason}`;
  if (place.lineText === undefined || place.lineText.trim() === '') return head;
  const [text, caretColumn] = cropped(place.lineText, place.column - 1);
  const margin = text.slice(0, caretColumn).replace(/[^\t]/g, ' ');
  return `${head}\n  ${text}\n  ${margin}^`;
}

/** The path relative to the working directory where the file is below it; else the absolute path. */
export function shownPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
}

/** The piece of a long line around the column, and where the column is in that piece. */
function cropped(lineText: string, column: number): readonly [string, number] {
  const caretColumn = Math.min(Math.max(column, 0), lineText.length);
  if (lineText.length <= MAX_COLUMNS) return [lineText.trimEnd(), caretColumn];
  const start = Math.max(0, caretColumn - MAX_COLUMNS / 2);
  return [lineText.slice(start, start + MAX_COLUMNS), caretColumn - start];
}
