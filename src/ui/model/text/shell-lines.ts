import { displayWidth, padRight, takeStart } from './width.ts';

/**
 * A command on as many lines as it needs. Every line but the last has a `\` in the last column, so that a
 * shell takes lines copied from the screen as one command: a space after the `\` would end it.
 *
 * @param command - Without control characters.
 * @param columns - Of the terminal, 3 or more.
 */
export function shellLines(command: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = command;
  while (displayWidth(rest) > columns) {
    const start = takeStart(rest, columns - 1);
    const space = start.lastIndexOf(' ');
    // A word that is longer than a line goes on in the first column of the next one.
    const taken = space > 0 ? start.slice(0, space + 1) : start;
    if (taken === '') break;
    lines.push(`${padRight(taken, columns - 1)}\\`);
    rest = rest.slice(taken.length);
  }
  return [...lines, rest];
}
