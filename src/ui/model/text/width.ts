import stringWidth from 'string-width';
import { inTerminal } from '../../../base/outside-text.ts';

const PLAIN_ASCII = /^[\x20-\x7e]*$/;

const segmenter = new Intl.Segmenter();

/** Columns that a terminal gives to this text: 2 for a wide character, 0 for a combining one. */
export function displayWidth(text: string): number {
  return PLAIN_ASCII.test(text) ? text.length : stringWidth(inTerminal(text));
}

/** The longest beginning of a text that fits into `width` columns. */
export function takeStart(text: string, width: number): string {
  const clean = inTerminal(text);
  if (PLAIN_ASCII.test(clean)) return clean.slice(0, Math.max(0, width));
  let taken = '';
  let used = 0;
  for (const { segment } of segmenter.segment(clean)) {
    used += stringWidth(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
}

/** The longest end of a text that fits into `width` columns. */
function takeEnd(text: string, width: number): string {
  const segments = Array.from(segmenter.segment(text), ({ segment }) => segment);
  let used = 0;
  let first = segments.length;
  while (first > 0) {
    used += stringWidth(segments[first - 1] ?? '');
    if (used > width) break;
    first--;
  }
  return segments.slice(first).join('');
}

/** Cuts a text at its end so that it fits into `width` columns; `ellipsis` marks the cut. */
export function truncateEnd(text: string, width: number, ellipsis: string): string {
  const clean = inTerminal(text);
  if (displayWidth(clean) <= width) return clean;
  if (width <= ellipsis.length) return takeStart(ellipsis, width);
  return takeStart(clean, width - ellipsis.length) + ellipsis;
}

/**
 * Cuts a text in its middle so that it fits into `width` columns: two paths differ in their ends more
 * often than in their middles, so the end gets the larger part.
 */
export function truncateMiddle(text: string, width: number, ellipsis: string): string {
  const clean = inTerminal(text);
  if (displayWidth(clean) <= width) return clean;
  const room = width - ellipsis.length;
  if (room < 2) return truncateEnd(clean, width, ellipsis);
  const head = takeStart(clean, Math.floor(room * 0.4));
  return head + ellipsis + takeEnd(clean, room - displayWidth(head));
}

/** Fills a text up with spaces on its right; a text that is wider stays unchanged. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Fills a text up with spaces on its left; a text that is wider stays unchanged. */
export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** A column of names: exactly `width` columns, cut in the middle where the name is longer. */
export function nameCell(text: string, width: number, ellipsis: string): string {
  return padRight(truncateMiddle(text, width, ellipsis), width);
}

/** A column of words: exactly `width` columns, cut at the end where the text is longer. */
export function textCell(text: string, width: number, ellipsis: string): string {
  return padRight(truncateEnd(text, width, ellipsis), width);
}
