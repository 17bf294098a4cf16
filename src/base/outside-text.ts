/**
 * Text that comes from outside (load files, servers, workers, command lines, run files), made safe for the
 * place where it is shown. One table says which characters are dangerous; each destination has a function of
 * its own, named for where the text goes.
 *
 * | set | characters | what they do |
 * | --- | --- | --- |
 * | control | `Cc` | begin escape sequences, move the cursor, end texts |
 * | direction | U+061C, U+200E–200F, U+202A–202E, U+2066–2069 | turn the text behind them around |
 * | hidden | other `C`, and `Zl`, `Zp` | have no width or an unknown one, or break a line where nobody expects it |
 */
const CONTROL = '\\p{Cc}';
const DIRECTION = '\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069';
const HIDDEN = '\\p{C}\\p{Zl}\\p{Zp}';

const PLAIN_ASCII = /^[\x20-\x7e]*$/;
const LINE_BREAKS = /[\t\n\r]/g;
const IN_TERMINAL = new RegExp(`[${CONTROL}${HIDDEN}]`, 'gu');
const IN_TERMINAL_LINES = new RegExp(`(?![\\t\\n])[${CONTROL}${HIDDEN}]`, 'gu');
const IN_DATA = new RegExp(`(?![\\t\\n])[${CONTROL}${DIRECTION}]`, 'gu');
const IN_JSON = new RegExp(`[${CONTROL}${DIRECTION}\\u2028\\u2029]`, 'gu');

/** For one line of a terminal: a tab or line break becomes a space, any other dangerous character `?`. */
export function inTerminal(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  return text.replaceAll(LINE_BREAKS, ' ').replaceAll(IN_TERMINAL, '?');
}

/** For a terminal, where lines and tabs stay as they are: messages with a code frame. */
export function inTerminalLines(text: string): string {
  return text.replaceAll(IN_TERMINAL_LINES, '?');
}

/** For a line of the log: further lines are indented, and dangerous characters left out. */
export function inLog(text: string): string {
  const shown = text.trimEnd().replaceAll(IN_TERMINAL_LINES, '');
  return shown.replaceAll('\n', '\n  ');
}

/**
 * For a cell of a CSV file: dangerous characters become `?`, and a text that a spreadsheet would take for a
 * formula gets a leading `'`. Quotes around the cell are the writer's business.
 */
export function inCsv(text: string): string {
  const shown = text.replaceAll(IN_DATA, '?');
  return /^[=+\-@\t]/.test(shown) ? `'${shown}` : shown;
}

/**
 * For JSON that may go to a terminal: a text of JSON with what `JSON.stringify` leaves as it is escaped as
 * well. It means the same to every reader.
 */
export function inJson(json: string): string {
  // The line breaks between values are JSON's own; within strings they are escaped already.
  return json.replaceAll(IN_JSON, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
