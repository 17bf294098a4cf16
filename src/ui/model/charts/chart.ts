import { formatCount, formatDuration } from '../../../base/format.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { DIM, fitLine, type Line, type Span, span, titleLine } from '../text/line.ts';
import { padLeft, padRight, takeStart } from '../text/width.ts';

/** Columns at the left: a value of up to five digits, a space and the axis. */
const SCALE_WIDTH = 7;
/** Columns at the right for a space and a label such as `p99 1.22 s`. */
const LABEL_WIDTH = 13;

/** A word at the right end of a chart, in the row where its curve ends. */
export interface EndLabel {
  /** 0 is the bottom of the chart, 1 its top. */
  readonly position: number;
  readonly span: Span;
}

/** What surrounds the curves. */
export interface ChartFrame {
  readonly title: string;
  readonly note: string;
  /** Values of the axis, and where they stand: 0 at the bottom, 1 at the top. */
  readonly marks: readonly { readonly position: number; readonly value: number }[];
  readonly labels: readonly EndLabel[];
  readonly spanMs: number;
}

/** Columns that the curves themselves have in a chart of this width. */
export function plotWidth(columns: number): number {
  return Math.max(1, columns - SCALE_WIDTH - LABEL_WIDTH);
}

/** Title, curves between axis and labels, and the times below. */
export function chartLines(
  frame: ChartFrame,
  plot: readonly Line[],
  columns: number,
  glyphs: Glyphs,
): Line[] {
  const height = plot.length;
  const width = plotWidth(columns);
  const scale = new Map(frame.marks.map(({ position, value }) => [rowOf(position, height), value]));
  const labels = placeLabels(frame.labels, height);
  const rows = plot.map((curve, row): Line => {
    const value = scale.get(row);
    const text = padLeft(value === undefined ? '' : axisValue(value), SCALE_WIDTH - 2);
    const label = labels.get(row);
    return fitLine(
      [
        span(`${text} ${glyphs.axis}`, DIM),
        ...fitLine(curve, width),
        ...(label === undefined ? [] : [span(' '), label]),
      ],
      columns,
    );
  });
  const times = span(`${' '.repeat(SCALE_WIDTH)}${timeTicks(frame.spanMs, width)}`, DIM);
  return [
    titleLine(frame.title, frame.note, columns, glyphs.ruleEmpty),
    ...rows,
    fitLine([times], columns),
  ];
}

/** The row, counted from the top, of a position from 0 (bottom) to 1 (top). */
function rowOf(position: number, height: number): number {
  return Math.min(height - 1, Math.max(0, Math.round((1 - position) * (height - 1))));
}

/** A row for each label, as near to its position as the labels above it allow; labels too many get none. */
function placeLabels(labels: readonly EndLabel[], height: number): Map<number, Span> {
  const sorted = labels.toSorted((a, b) => b.position - a.position).slice(0, height);
  const placed = new Map<number, Span>();
  let next = 0;
  sorted.forEach((label, i) => {
    // Each label that follows needs a row below this one.
    const lowest = height - (sorted.length - i);
    const row = Math.min(lowest, Math.max(next, rowOf(label.position, height)));
    placed.set(row, label.span);
    next = row + 1;
  });
  return placed;
}

function axisValue(value: number): string {
  return value < 1 && value > 0 ? String(Number(value.toPrecision(1))) : formatCount(value, 5);
}

function timeTicks(spanMs: number, width: number): string {
  const end = formatDuration(spanMs);
  const middle = formatDuration(spanMs / 2);
  const start = '0:00';
  const middleAt = Math.floor((width - middle.length) / 2);
  const hasMiddle = middleAt > start.length && middleAt + middle.length < width - end.length;
  const left = hasMiddle ? padRight(start, middleAt) + middle : start;
  return takeStart(padRight(left, width - end.length) + end, width + LABEL_WIDTH);
}
