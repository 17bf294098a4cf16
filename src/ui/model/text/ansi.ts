import type { Color, Line, Style } from './line.ts';

const COLOR_CODES: Readonly<Record<Color, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  white: 37,
};

const RESET = '\u001B[0m';

/** A line with its styles as escape sequences of the terminal, each span closed behind itself. */
export function ansiText(line: Line): string {
  let text = '';
  let open = '';
  for (const piece of line) {
    const codes = codesOf(piece.style);
    if (codes !== open) {
      if (open !== '') text += RESET;
      if (codes !== '') text += `\u001B[${codes}m`;
      open = codes;
    }
    text += piece.text;
  }
  return open === '' ? text : text + RESET;
}

function codesOf({ color, bold, dim, inverse }: Style): string {
  const codes: number[] = [];
  if (bold) codes.push(1);
  if (dim) codes.push(2);
  if (inverse) codes.push(7);
  if (color !== undefined) codes.push(COLOR_CODES[color]);
  return codes.join(';');
}
