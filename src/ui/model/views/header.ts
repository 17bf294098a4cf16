import { formatDuration } from '../../../base/format.ts';
import type { RunState } from '../../../stats/snapshot/run-snapshot.ts';
import { exceptionCount } from '../checks/exceptions-check.ts';
import type { Screen } from '../state/screen.ts';
import {
  BAD,
  type Color,
  DIM,
  type Line,
  STRONG,
  span,
  spansWidth,
  spreadLine,
} from '../text/line.ts';
import { displayWidth, truncateMiddle } from '../text/width.ts';

const STATE_COLORS: Readonly<Record<RunState, Color>> = {
  waiting: 'blue',
  ramping: 'cyan',
  steady: 'green',
  stopping: 'yellow',
  finished: 'white',
};

/** Columns of the number of exceptions, whole and shortened. */
const WHOLE_NUMBER = 9;
const SHORT_NUMBER = 4;

/** The first two lines: which script runs against which target, how far the run is, and a rule that fills up. */
export function screenHeader(screen: Screen): Line[] {
  return [headerLine(screen), progressRule(screen)];
}

function headerLine(screen: Screen): Line {
  const { snapshot, layout, glyphs } = screen;
  const chip = span(` ${snapshot.state.toUpperCase()} `, {
    color: STATE_COLORS[snapshot.state],
    bold: true,
    inverse: true,
  });
  const subject = `${snapshot.script} ${glyphs.arrow} ${snapshot.host}`;
  const version = layout.isWide ? [span(`   katydid ${snapshot.version}`, DIM)] : [];
  const space = layout.columns - spansWidth([chip, ...version]) - 2;
  const right = rightSpans(screen, space - displayWidth(subject));
  const room = Math.max(0, space - spansWidth(right));
  const labels = labelsText(Object.entries(snapshot.labels), room - displayWidth(subject));
  const left = [
    chip,
    span('  '),
    span(truncateMiddle(subject, room, glyphs.ellipsis)),
    span(labels, DIM),
    ...version,
  ];
  return spreadLine(left, right, layout.columns);
}

/** As many of the run's labels as there is room for behind the target; the rest is counted. */
function labelsText(
  labels: readonly (readonly [key: string, value: string])[],
  room: number,
): string {
  const texts = labels.map(([key, value]) => `${key}=${value}`);
  for (let shown = texts.length; shown > 0; shown--) {
    const rest = shown < texts.length ? [`+${texts.length - shown}`] : [];
    const text = `  ${[...texts.slice(0, shown), ...rest].join(' ')}`;
    if (displayWidth(text) <= room) return text;
  }
  const count = `  +${texts.length} ${texts.length === 1 ? 'label' : 'labels'}`;
  return texts.length > 0 && count.length <= room ? count : '';
}

/**
 * The right end: how long the display has been frozen, the number of exceptions, and the run's time. If they
 * need more than `room` columns, the number is shortened first, and then the time left is left out.
 */
function rightSpans(screen: Screen, room: number): Line {
  const { frozenMs, layout } = screen;
  const frozen =
    frozenMs === null
      ? []
      : [span(`   DISPLAY FROZEN ${formatDuration(frozenMs)} `, { color: 'yellow', bold: true })];
  const rightEnd = (digits: number, hasTimeLeft: boolean): Line => [
    ...frozen,
    ...exceptionSpans(screen, digits),
    span('  '),
    ...timeSpans(screen, hasTimeLeft),
    span(' '),
  ];
  const choices = [
    rightEnd(WHOLE_NUMBER, !layout.isSmall),
    rightEnd(SHORT_NUMBER, !layout.isSmall),
  ];
  return choices.find((spans) => spansWidth(spans) <= room) ?? rightEnd(SHORT_NUMBER, false);
}

/** The number of exceptions; nothing as long as there is none. */
function exceptionSpans({ snapshot }: Screen, digits: number): Line {
  const { occurrences } = snapshot.exceptions;
  return occurrences === 0 ? [] : [span('  '), span(exceptionCount(occurrences, digits), BAD)];
}

function timeSpans({ snapshot, isFinished }: Screen, hasTimeLeft: boolean): Line {
  const { at, limitMs, state, forcedStopInMs } = snapshot;
  const elapsed = formatDuration(at);
  const limit = limitMs === null ? '' : formatDuration(limitMs);
  if (state === 'waiting') return [span(limitMs === null ? 'no limit' : `limit ${limit}`, DIM)];
  if (isFinished) return [span('ran ', DIM), span(elapsed, STRONG)];
  const ofLimit = limitMs === null ? [] : [span(` / ${limit}`, DIM)];
  const spans = [span(elapsed, STRONG), ...ofLimit];
  if (state === 'stopping') {
    if (forcedStopInMs === null) return spans;
    const seconds = Math.ceil(Math.max(0, forcedStopInMs) / 1000);
    return [...spans, span(`  cut in ${seconds} s`, { color: 'yellow' })];
  }
  if (limitMs === null || !hasTimeLeft) return spans;
  return [...spans, span(`  ${formatDuration(limitMs - Math.max(0, at))} left`, DIM)];
}

function progressRule({ snapshot, layout, glyphs, isFinished }: Screen): Line {
  const { columns } = layout;
  const filled = Math.round(columns * (isFinished ? 1 : progress(snapshot.at, snapshot.limitMs)));
  return [
    span(glyphs.ruleFull.repeat(filled), { color: STATE_COLORS[snapshot.state] }),
    span(glyphs.ruleEmpty.repeat(columns - filled), DIM),
  ];
}

function progress(atMs: number, limitMs: number | null): number {
  if (limitMs === null || !(limitMs > 0)) return 0;
  return Math.min(1, Math.max(0, atMs / limitMs));
}
