import { formatCount, formatDuration } from '../../../base/format.ts';
import type { SnapshotFailure } from '../../../stats/snapshot/run-snapshot.ts';
import type { Screen } from '../state/screen.ts';
import { DIM, fitBlock, GOOD, type Line, span } from '../text/line.ts';
import { nameCell, padLeft, padRight, truncateEnd } from '../text/width.ts';

const COUNT_WIDTH = 9;
/** From this width on there is room for when a failure was seen. */
const SEEN_COLUMNS = 90;
const SEEN_WIDTH = 8;

/** The kinds of failure, biggest first. */
export function failuresView(screen: Screen, width: number, height: number): Line[] {
  const { snapshot, state } = screen;
  const { shown, kinds } = snapshot.failures;
  if (kinds === 0) return fitBlock([noFailures(screen)], width, height);
  const room = height - 1;
  const rows = Math.max(0, shown.length > room || kinds > shown.length ? room - 1 : room);
  const above = Math.min(state.scroll.failures, Math.max(0, shown.length - rows));
  const list = shown.slice(above, above + rows);
  const lines = [titles(width), ...list.map((failure) => failureLine(failure, screen, width))];
  const below = kinds - above - list.length;
  if (above + below > 0) lines.push(moreLine(screen, above, below));
  return fitBlock(lines, width, height);
}

/** What stands for an empty list of failures. */
export function noFailures({ glyphs }: Screen): Line {
  return [span(' '), span(glyphs.good, GOOD), span(' no failures', DIM)];
}

function titles(width: number): Line {
  const { request, message } = widths(width);
  const seen =
    width >= SEEN_COLUMNS ? padLeft('FIRST', SEEN_WIDTH) + padLeft('LAST', SEEN_WIDTH) : '';
  const names = padRight('REQUEST', request) + padRight('MESSAGE', message);
  return [span(`${padLeft('COUNT', COUNT_WIDTH)}  ${names}${seen}`, DIM)];
}

function failureLine(failure: SnapshotFailure, { glyphs }: Screen, width: number): Line {
  const { request, message } = widths(width);
  const text = truncateEnd(failure.message, message - 1, glyphs.ellipsis);
  const first = padLeft(formatDuration(failure.first), SEEN_WIDTH);
  const last = padLeft(formatDuration(failure.last), SEEN_WIDTH);
  return [
    span(padLeft(formatCount(failure.count, COUNT_WIDTH - 1), COUNT_WIDTH), { color: 'yellow' }),
    span(`  ${nameCell(failure.request, request - 1, glyphs.ellipsis)} `),
    span(padRight(text, message)),
    ...(width >= SEEN_COLUMNS ? [span(first + last, DIM)] : []),
  ];
}

function moreLine({ glyphs }: Screen, above: number, below: number): Line {
  const count = padLeft(`+${formatCount(below, COUNT_WIDTH - 1)}`, COUNT_WIDTH);
  const scrolled = above > 0 ? `, ${glyphs.up} ${formatCount(above)} above` : '';
  return [span(`${count}  more kinds${scrolled}`, DIM)];
}

function widths(width: number): { request: number; message: number } {
  const request = Math.min(36, Math.max(12, Math.floor(width * 0.3)));
  const seen = width >= SEEN_COLUMNS ? 2 * SEEN_WIDTH + 1 : 0;
  return { request, message: Math.max(1, width - COUNT_WIDTH - 2 - request - seen) };
}
