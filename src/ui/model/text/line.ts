import { inTerminal } from '../../../base/outside-text.ts';
import { displayWidth, takeStart } from './width.ts';

/** The colours of the screen: some of the terminal's own 16, so that they follow the reader's theme. */
export type Color = 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'magenta' | 'white';

/** How a span looks. Colour only ever repeats what a mark or word says. */
export interface Style {
  readonly color?: Color;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
}

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of the screen; in a frame, each line is exactly as wide as the terminal. */
export type Line = readonly Span[];

/** The styles that the screen is made of. */
export const PLAIN: Style = {};
/** For values that readers look for. */
export const STRONG: Style = { bold: true };
/** For labels; never for a value that must be read. */
export const DIM: Style = { dim: true };
/** For the mark of what is all right; the text beside it stays plain. */
export const GOOD: Style = { color: 'green' };
/** For what is worth a look. */
export const WARN: Style = { color: 'yellow' };
/** For what is wrong. */
export const BAD: Style = { color: 'red', bold: true };

/** A piece of text; control characters in it are made harmless. */
export function span(text: string, style: Style = PLAIN): Span {
  return { text: inTerminal(text), style };
}

/** Columns that the spans take together. */
export function spansWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** The spans as one line of exactly `columns` columns: cut or filled up with spaces at its right. */
export function fitLine(spans: Line, columns: number): Line {
  const fitted: Span[] = [];
  let left = columns;
  for (const piece of spans) {
    if (left <= 0) break;
    const text = displayWidth(piece.text) <= left ? piece.text : takeStart(piece.text, left);
    if (text === '') continue;
    left -= displayWidth(text);
    fitted.push(text === piece.text ? piece : { text, style: piece.style });
    if (text !== piece.text) break;
  }
  if (left > 0) fitted.push(span(' '.repeat(left)));
  return fitted;
}

/** A line with spans at its left end and spans at its right end; if both do not fit, the left ones are cut. */
export function spreadLine(left: Line, right: Line, columns: number): Line {
  const rightWidth = spansWidth(right);
  return [...fitLine(left, Math.max(0, columns - rightWidth)), ...right];
}

/** A line of nothing. */
export function blankLine(columns: number): Line {
  return fitLine([], columns);
}

/** The first `height` of these lines, filled up with blank ones, each of exactly `columns` columns. */
export function fitBlock(lines: readonly Line[], columns: number, height: number): Line[] {
  const block = lines.slice(0, Math.max(0, height)).map((line) => fitLine(line, columns));
  while (block.length < height) block.push(blankLine(columns));
  return block;
}

/** Two blocks of lines beside each other, `gap` columns apart; the shorter one is filled up. */
export function beside(
  left: readonly Line[],
  leftColumns: number,
  right: readonly Line[],
  gap: number,
): Line[] {
  const height = Math.max(left.length, right.length);
  const between = span(' '.repeat(gap));
  return fitBlock(left, leftColumns, height).map((line, row) => [
    ...line,
    between,
    ...(right[row] ?? []),
  ]);
}

/** A panel's title and a rule up to its right end. */
export function titleLine(title: string, note: string, columns: number, rule: string): Line {
  const head = [span(`${title} `, STRONG), ...(note === '' ? [] : [span(`${note} `, DIM)])];
  const ruleColumns = Math.max(0, columns - spansWidth(head));
  return fitLine([...head, span(rule.repeat(ruleColumns), DIM)], columns);
}

/** What a reader sees of a line without its colours. */
export function lineText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** The line with its colours taken out; bold, dim and inverse stay. */
export function withoutColor(line: Line): Line {
  return line.map(({ text, style: { color: _color, ...rest } }) => ({ text, style: rest }));
}
