import stringWidth from 'string-width';

/** How text for a terminal or a pipe may look. */
export interface TextStyle {
  /** Whether to use colours; they never carry a meaning alone. */
  readonly isColored: boolean;
  readonly glyphs: 'unicode' | 'ascii';
  /** Of the terminal; absent for pipes and files, where lines may have any length. */
  readonly columns?: number;
}

/** The narrowest terminal that texts are made for. */
const LEAST_COLUMNS = 80;

/** How long a line may be. */
export function columnsOf({ columns }: TextStyle): number {
  return Math.max(columns ?? Number.POSITIVE_INFINITY, LEAST_COLUMNS);
}

/** How many columns there are beyond those that every terminal has. */
export function roomBeyond(style: TextStyle): number {
  return columnsOf(style) - LEAST_COLUMNS;
}

/** What a mark stands for. */
export type Mark = 'good' | 'bad' | 'warning' | 'none';

const GLYPHS: Readonly<Record<TextStyle['glyphs'], Readonly<Record<Mark, string>>>> = {
  unicode: { good: '✓', bad: '✗', warning: '!', none: ' ' },
  ascii: { good: '+', bad: 'x', warning: '!', none: ' ' },
};

const COLORS: Readonly<Record<Mark, number>> = { good: 32, bad: 31, warning: 33, none: 39 };

/** A mark's glyph and the words that belong to it, in its colour. */
export function marked(mark: Mark, words: string, style: TextStyle): string {
  const text = words === '' ? GLYPHS[style.glyphs][mark] : `${GLYPHS[style.glyphs][mark]} ${words}`;
  return style.isColored && mark !== 'none' ? `\u001b[${COLORS[mark]}m${text}\u001b[39m` : text;
}

/** A text in exactly `width` columns: padded at the end, or cut in the middle. */
export function fitText(text: string, width: number, style: TextStyle): string {
  const short = shortenText(text, width, style);
  return short + ' '.repeat(Math.max(width - stringWidth(short), 0));
}

/** A text in at most `width` columns, cut in the middle, since paths differ at their ends. */
export function shortenText(text: string, width: number, style: TextStyle): string {
  if (stringWidth(text) <= width) return text;
  const gap = style.glyphs === 'ascii' ? '~' : '…';
  const characters = [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);
  const tail = takeColumns(characters.toReversed(), Math.floor((width - 1) / 2)).toReversed();
  const head = takeColumns(characters, width - 1 - stringWidth(tail.join('')));
  return head.join('') + gap + tail.join('');
}

/**
 * Pieces joined by `separator` in lines of at most `width` columns; a piece wider than that has a
 * line of its own.
 */
export function wrapPieces(pieces: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = last === undefined ? undefined : `${last}${separator}${piece}`;
    if (longer !== undefined && stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines;
}

function takeColumns(characters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += stringWidth(character);
    if (used > width) break;
    taken.push(character);
  }
  return taken;
}
