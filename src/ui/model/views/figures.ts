import {
  formatCount,
  formatFailPercent,
  formatRate,
  formatShare,
  formatTime,
  NO_VALUE,
} from '../../../base/format.ts';
import type { StatsWindow } from '../../../stats/snapshot/run-snapshot.ts';
import { highestValue, sparkline } from '../charts/sparkline.ts';
import {
  axisSpanMs,
  type Fold,
  foldColumns,
  highestOf,
  meanOf,
  shareOf,
} from '../charts/time-axis.ts';
import { headlineWindow, type Screen } from '../state/screen.ts';
import { failStyle } from '../text/fail-style.ts';
import {
  DIM,
  type Line,
  PLAIN,
  type Span,
  STRONG,
  type Style,
  span,
  spansWidth,
} from '../text/line.ts';
import { type PercentileName, supportedPercentile } from '../text/samples.ts';
import { padRight, takeStart } from '../text/width.ts';

interface Figure {
  readonly label: string;
  readonly value: readonly Span[];
  readonly history: Fold;
  readonly style: Style;
  /** The highest bar stands for this value at least, so that noise near 0 does not look high. */
  readonly atLeast?: number;
}

/** Columns between two cells. */
const GAP = 3;

/** The headline figures: label, value and, if there is room, a sparkline since the start. */
export function figureLines(screen: Screen): Line[] {
  const { layout, snapshot } = screen;
  const figures = chooseFigures(screen);
  const width = Math.floor((layout.columns - 2) / figures.length);
  const labels = figures.map(({ label }) => span(labelCell(label, width), DIM));
  const values = figures.flatMap(({ value }) => valueCell(value, width));
  const lines: Line[] = [
    [span(' '), ...labels],
    [span(' '), ...values],
  ];
  if (layout.isSmall) return lines;
  const spanMs = axisSpanMs(snapshot.history.t.at(-1) ?? 0, snapshot.limitMs);
  const bars = figures.map((figure) => barsCell(figure, screen, spanMs, width));
  return [...lines, [span(' '), ...bars]];
}

function chooseFigures(screen: Screen): Figure[] {
  const window = headlineWindow(screen);
  const { snapshot, layout } = screen;
  const { history } = snapshot;
  const load = [users(screen), requestRate(screen, window), failureShare(screen, window)];
  const p95 = time(screen, window, 'p95', 'yellow');
  if (layout.isSmall) return [...load, p95];
  const six = [
    ...load,
    time(screen, window, 'p50', 'cyan'),
    p95,
    time(screen, window, 'p99', 'magenta'),
  ];
  if (layout.figureCells === 6) return six;
  const inFlight: Figure = {
    label: 'IN FLIGHT',
    value: [span(hasStarted(screen) ? formatCount(snapshot.ledger.inFlight, 9) : NO_VALUE, STRONG)],
    history: meanOf(history.inFlight),
    style: DIM,
  };
  const lag: Figure = {
    label: 'SEND LAG p99',
    value: [span(timeText(screen, supportedPercentile(window.lag, 'p99', window.n)), STRONG)],
    history: highestOf(history.lag99),
    style: DIM,
    atLeast: 1,
  };
  if (layout.figureCells === 8) return [...six, inFlight, lag];
  return [...six, service(screen, window), inFlight, lag, busiestLoop(screen)];
}

function users(screen: Screen): Figure {
  const { snapshot, glyphs, isFinished } = screen;
  const { now, target, peak, spawnRate } = snapshot.users;
  const sign = now > target ? glyphs.minus : '+';
  const isMoving = snapshot.state === 'ramping';
  return {
    label: isMoving ? `USERS ${sign}${trimRate(spawnRate)}/s` : 'USERS',
    value: isFinished
      ? [span(formatCount(peak, 5), STRONG), span(' peak', DIM)]
      : [span(formatCount(now, 5), STRONG), span(`/${formatCount(target, 5)}`, DIM)],
    history: meanOf(snapshot.history.users),
    style: DIM,
    atLeast: target,
  };
}

function requestRate(screen: Screen, window: StatsWindow): Figure {
  return {
    label: `REQ/S ${windowName(screen)}`,
    value: [span(hasStarted(screen) ? headlineRate(window.rps) : NO_VALUE, STRONG)],
    history: meanOf(screen.snapshot.history.rps),
    style: { color: 'blue' },
  };
}

function failureShare(screen: Screen, window: StatsWindow): Figure {
  const { history, failures } = screen.snapshot;
  const percent = formatFailPercent(window.fails, window.n);
  const text = percent === NO_VALUE ? NO_VALUE : `${percent} %`;
  return {
    label: `FAIL % ${windowName(screen)}`,
    value: [
      span(text, window.fails > 0 ? { ...STRONG, ...failStyle(window.fails, window.n) } : STRONG),
    ],
    history: shareOf(history.failPs, history.rps),
    style: failures.kinds > 0 ? { color: 'red' } : DIM,
    atLeast: 0.01,
  };
}

function time(
  screen: Screen,
  window: StatsWindow,
  name: 'p50' | 'p95' | 'p99',
  color: 'cyan' | 'yellow' | 'magenta',
): Figure {
  return {
    label: `${name} ${windowName(screen)}`,
    value: [span(doubted(screen, responseText(screen, window, name)), STRONG)],
    history: highestOf(screen.snapshot.history[name]),
    style: { color },
  };
}

function service(screen: Screen, window: StatsWindow): Figure {
  const ms = supportedPercentile(window.service, 'p95', window.n);
  return {
    label: `SERVICE p95 ${windowName(screen)}`,
    value: [span(timeText(screen, ms), STRONG)],
    history: highestOf(screen.snapshot.history.service95),
    style: { color: 'yellow' },
  };
}

/** The busiest worker's event loop now; once the run is over, the busiest of all its seconds. */
function busiestLoop({ snapshot, isFinished }: Screen): Figure {
  const running = snapshot.workers.filter(({ status }) => status !== 'lost' && status !== 'done');
  const loops = isFinished ? snapshot.history.loopMax : running.map(({ loop }) => loop);
  const highest = loops.reduce<number | null>((most, loop) => Math.max(most ?? 0, loop), null);
  const share = formatShare(highest);
  return {
    label: isFinished ? 'BUSIEST LOOP run' : 'BUSIEST LOOP',
    value: [span(share === NO_VALUE ? share : `${share} %`, STRONG)],
    history: highestOf(snapshot.history.loopMax),
    style: DIM,
    atLeast: 1,
  };
}

/** A response time of the headline, in the window that the screen shows. */
function responseText(screen: Screen, window: StatsWindow, name: PercentileName): string {
  return timeText(screen, supportedPercentile(window.response, name, window.n));
}

function timeText({ glyphs }: Screen, ms: number | null): string {
  return formatTime(ms, glyphs.micro);
}

/** Puts a `~` before a time of an invalid run, which may hold katydid's own delay. */
function doubted({ snapshot }: Screen, text: string): string {
  return snapshot.verdict.level === 'invalid' && text !== NO_VALUE ? `~${text}` : text;
}

/** Requests a second for a headline: a whole number with commas, unless it is small or does not fit. */
export function headlineRate(perSecond: number): string {
  return perSecond < 99.95 ? formatRate(perSecond) : formatCount(perSecond, 9);
}

/** A rate that a person chose, without the zeros after its point. */
function trimRate(perSecond: number): string {
  return perSecond < 1000 && Number.isFinite(perSecond)
    ? String(Number(perSecond.toFixed(1)))
    : formatRate(perSecond);
}

function windowName({ isFinished }: Screen): string {
  return isFinished ? 'run' : '10 s';
}

function hasStarted({ snapshot }: Screen): boolean {
  return snapshot.state !== 'waiting';
}

function barsCell(figure: Figure, screen: Screen, spanMs: number, width: number): Span {
  const values = foldColumns(screen.snapshot.history, figure.history, spanMs, width - GAP);
  const highest = Math.max(highestValue(values), figure.atLeast ?? 0);
  return span(padRight(sparkline(values, highest, screen.glyphs.levels), width), figure.style);
}

/** A value in a cell of this width; it is cut to fit, so that it never pushes the next cell. */
function valueCell(value: readonly Span[], width: number): Span[] {
  const used = spansWidth(value);
  if (used < width) return [...value, span(' '.repeat(width - used), PLAIN)];
  const text = value.map((piece) => piece.text).join('');
  return [span(cell(text, width), STRONG)];
}

/** A label in a cell of this width. If it does not fit, it loses its window, which all labels share. */
function labelCell(label: string, width: number): string {
  return cell(label.length < width ? label : label.replace(/ (10 s|run)$/, ''), width);
}

function cell(text: string, width: number): string {
  return padRight(takeStart(text, width - 1), width);
}
