import { inTerminal } from '../../../base/outside-text.ts';
import { displayWidth, takeStart, truncateEnd } from './width.ts';

/**
 * Breaks a text into lines of at most `width` columns, between words where that is possible.
 *
 * @param width - 2 or more: the widest character takes two columns.
 * @param height - The most lines, 1 or more; where the text needs more, the last one ends in `ellipsis`.
 */
export function wrapText(text: string, width: number, height: number, ellipsis: string): string[] {
  const lines: string[] = [];
  let rest = inTerminal(text).trim();
  while (displayWidth(rest) > width && lines.length < height - 1) {
    const start = takeStart(rest, width);
    // A word may end exactly at the edge; then the space after it is the place to break.
    const space = rest.charAt(start.length) === ' ' ? start.length : start.lastIndexOf(' ');
    const line = space > 0 ? start.slice(0, space) : start;
    if (line === '') break;
    lines.push(line);
    rest = rest.slice(line.length).trimStart();
  }
  return [...lines, truncateEnd(rest, width, ellipsis)];
}
