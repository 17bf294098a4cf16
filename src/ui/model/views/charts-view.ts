import { formatCount, formatRate } from '../../../base/format.ts';
import { type BarSeries, barChart } from '../charts/bar-chart.ts';
import { responseChart } from '../charts/line-chart.ts';
import { axisSpanMs, meanOf } from '../charts/time-axis.ts';
import type { Screen } from '../state/screen.ts';
import { beside, DIM, fitBlock, type Line, span } from '../text/line.ts';

/** Columns between two panels. */
export const PANEL_GAP = 4;
/** The least height of a chart: a title, two lines of bars and the time axis. */
const LEAST_CHART = 4;
/** The response times need a line more: each of the three curves has a label. */
const LEAST_TIMES = 5;

/** Charts of the whole run: two below each other, four where the screen is wide. */
export function chartsView(screen: Screen, width: number, height: number): Line[] {
  if (screen.snapshot.history.t.length === 0) {
    return fitBlock([[span(' Nothing to draw yet.', DIM)]], width, height);
  }
  return screen.layout.isWide
    ? wideCharts(screen, width, height)
    : narrowCharts(screen, width, height);
}

/** Requests a second, and beside them the response times. */
export function chartPair(screen: Screen, width: number, height: number): Line[] {
  const { leftWidth, rightWidth } = halves(width);
  const left = bars(rateSeries(screen), screen, leftWidth, height);
  return indent(beside(left, leftWidth, times(screen, rightWidth, height), PANEL_GAP));
}

/** Widths of two panels beside each other, with a margin at the left. */
export function halves(width: number): { leftWidth: number; rightWidth: number } {
  const leftWidth = Math.floor((width - 1 - PANEL_GAP) / 2);
  return { leftWidth, rightWidth: width - 1 - PANEL_GAP - leftWidth };
}

/** Requests a second as bars. */
export function rateChart(screen: Screen, width: number, height: number): Line[] {
  return bars(rateSeries(screen), screen, width, height);
}

/** Response times as curves. */
export function times({ snapshot, glyphs }: Screen, width: number, height: number): Line[] {
  const { history } = snapshot;
  return responseChart(history, spanMs(snapshot), width, height, glyphs);
}

/** Lines moved one column to the right. */
export function indent(lines: readonly Line[]): Line[] {
  return lines.map((line) => [span(' '), ...line]);
}

function narrowCharts(screen: Screen, width: number, height: number): Line[] {
  const below = Math.max(LEAST_CHART, Math.floor(height * 0.4));
  const above = height - below;
  const lines =
    above < LEAST_TIMES
      ? times(screen, width - 1, height)
      : [...times(screen, width - 1, above), ...rateChart(screen, width - 1, below)];
  return fitBlock(indent(lines), width, height);
}

function wideCharts(screen: Screen, width: number, height: number): Line[] {
  const below = Math.floor(height / 2);
  if (below < LEAST_CHART) return fitBlock(chartPair(screen, width, height), width, height);
  const { leftWidth, rightWidth } = halves(width);
  const second = beside(
    bars(userSeries(screen), screen, leftWidth, below),
    leftWidth,
    bars(inFlightSeries(screen), screen, rightWidth, below),
    PANEL_GAP,
  );
  const lines = [...chartPair(screen, width, height - below), ...indent(second)];
  return fitBlock(lines, width, height);
}

function bars(series: BarSeries, screen: Screen, width: number, height: number): Line[] {
  const { snapshot, glyphs } = screen;
  return barChart(series, snapshot.history, spanMs(snapshot), width, height, glyphs);
}

function spanMs({ history, limitMs }: Screen['snapshot']): number {
  return axisSpanMs(history.t.at(-1) ?? 0, limitMs);
}

function rateSeries({ snapshot }: Screen): BarSeries {
  const { rps } = snapshot.history;
  return {
    title: 'REQUESTS/S',
    fold: meanOf(rps),
    label: `${formatRate(rps.at(-1) ?? 0)}/s`,
    style: { color: 'blue' },
  };
}

function userSeries({ snapshot }: Screen): BarSeries {
  const { users } = snapshot.history;
  return {
    title: 'USERS',
    fold: meanOf(users),
    label: `${formatCount(users.at(-1) ?? 0, 6)} users`,
    style: { color: 'green' },
  };
}

function inFlightSeries({ snapshot }: Screen): BarSeries {
  const { inFlight } = snapshot.history;
  return {
    title: 'IN FLIGHT',
    fold: meanOf(inFlight),
    label: `${formatCount(inFlight.at(-1) ?? 0, 6)} open`,
    style: { color: 'cyan' },
  };
}
