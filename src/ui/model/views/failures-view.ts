import { formatCount, formatDuration } from '../../../base/format.ts';
import type { SnapshotFailure } from '../../../stats/snapshot/run-snapshot.ts';
import { failureKey } from '../state/list-rows.ts';
import { rowWindow } from '../state/row-window.ts';
import type { Screen } from '../state/screen.ts';
import { DIM, fitBlock, GOOD, type Line, STRONG, span, titleLine } from '../text/line.ts';
import { nameCell, padLeft, padRight, truncateEnd } from '../text/width.ts';
import { wrapText } from '../text/wrap.ts';

const COUNT_WIDTH = 9;
/** From this width on there is room for the times at which a failure was first and last seen. */
const SEEN_COLUMNS = 90;
const SEEN_WIDTH = 8;
/** From this height on the whole text of the selected failure stands below the list. */
const LEAST_WITH_DETAIL = 8;

/**
 * The kinds of failure, the most frequent first, and below them the whole text of the selected one. If
 * none is selected, that is the first one.
 */
export function failuresView(screen: Screen, width: number, height: number): Line[] {
  const { shown } = screen.snapshot.failures;
  const { selectedFailure } = screen.state;
  const selected = shown.find((one) => failureKey(one) === selectedFailure) ?? shown[0];
  if (selected === undefined || height < LEAST_WITH_DETAIL)
    return failureList(screen, width, height);
  const detail = failureDetail(selected, screen, width, Math.floor(height / 2));
  return [
    ...failureList(screen, width, height - detail.length),
    ...fitBlock(detail, width, detail.length),
  ];
}

/** The list alone, as far as it fits. */
export function failureList(screen: Screen, width: number, height: number): Line[] {
  const { snapshot, state } = screen;
  const { shown, kinds } = snapshot.failures;
  if (kinds === 0) return fitBlock([noFailures(screen)], width, height);
  const room = height - 1;
  const isFitting = shown.length <= room && kinds <= shown.length;
  const at = shown.findIndex((one) => failureKey(one) === state.selectedFailure);
  const rows = rowWindow(shown.length, isFitting ? room : room - 1, at);
  const list = shown.slice(rows.above, rows.above + rows.shown);
  const lines = [titles(width), ...list.map((failure) => failureRow(failure, screen, width))];
  const below = kinds - rows.above - rows.shown;
  if (!isFitting) lines.push(moreLine(screen, rows.above, below));
  return fitBlock(lines, width, height);
}

/** A kind of failure with all its text, on at most `most` lines. */
function failureDetail(
  { request, message, count, first, last }: SnapshotFailure,
  { glyphs }: Screen,
  width: number,
  most: number,
): Line[] {
  const times = `first at ${formatDuration(first)}, last at ${formatDuration(last)}`;
  const note = `${formatCount(count, 9)}${glyphs.times}, ${times}`;
  const requestLines = wrapText(request, width - 2, Math.floor(most / 2), glyphs.ellipsis);
  const room = most - 1 - requestLines.length;
  const messageLines = wrapText(message, width - 2, Math.max(1, room), glyphs.ellipsis);
  return [
    [span(' '), ...titleLine('FAILURE', note, width - 1, glyphs.ruleEmpty)],
    ...requestLines.map((line): Line => [span(` ${line}`, STRONG)]),
    ...messageLines.map((line): Line => [span(` ${line}`)]),
  ];
}

/** The line in place of an empty list of failures. */
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

function failureRow(failure: SnapshotFailure, screen: Screen, width: number): Line {
  const { glyphs, state } = screen;
  const isSelected = failureKey(failure) === state.selectedFailure;
  const { request, message } = widths(width);
  const text = truncateEnd(failure.message, message - 1, glyphs.ellipsis);
  const first = padLeft(formatDuration(failure.first), SEEN_WIDTH);
  const last = padLeft(formatDuration(failure.last), SEEN_WIDTH);
  return [
    span(isSelected ? glyphs.selected : ' '),
    span(padLeft(formatCount(failure.count, COUNT_WIDTH - 1), COUNT_WIDTH - 1), {
      color: 'yellow',
    }),
    span('  '),
    span(nameCell(failure.request, request - 1, glyphs.ellipsis), { inverse: isSelected }),
    span(' '),
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
