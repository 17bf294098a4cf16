import {
  FAIL_CELL_WIDTH,
  formatCount,
  formatFailCell,
  formatRateCell,
  formatTimeCell,
  RATE_CELL_WIDTH,
  TIME_CELL_WIDTH,
} from '../../../base/format.ts';
import type { StatsWindow } from '../../../stats/snapshot/run-snapshot.ts';
import { highestValue, sparkline } from '../charts/sparkline.ts';
import type { ClockName, SortColumn } from '../state/ui-state.ts';
import { failStyle } from '../text/fail-style.ts';
import { PLAIN, type Span, type Style, span } from '../text/line.ts';
import { supportedPercentile } from '../text/samples.ts';
import { padLeft, padRight } from '../text/width.ts';

/** The figures of one row: of a request name, or of all requests. */
export interface RowFigures {
  /** The window that the table shows. */
  readonly window: StatsWindow;
  /** Requests a second, in the last 10 s; once the run is over, in all of it. */
  readonly rps: number;
  readonly trend: readonly number[];
}

/** A column of the table of requests, to the right of the names. */
export interface RequestColumn {
  readonly title: string;
  readonly sort: SortColumn | null;
  /** Columns that a cell takes, the gap before it included. */
  readonly width: number;
  /** The title stands above the whole part of a number and so ends this many columns before its cells do. */
  readonly overhang: number;
  readonly cell: (figures: RowFigures) => Span;
}

const COUNT_WIDTH = 9;
const FAILS_WIDTH = 7;
const TREND_WIDTH = 12;
/** Columns of a decimal point and one digit. */
const TENTHS = 2;

const CLOCK_PREFIX: Readonly<Record<ClockName, string>> = {
  response: 'p',
  service: 'svc',
  lag: 'lag',
};

/** What decides which columns there are. */
export interface ColumnChoice {
  readonly clock: ClockName;
  /** Whether the rate is the average of the whole run. */
  readonly isFinished: boolean;
  /** The eight characters of a sparkline. */
  readonly levels: string;
}

/** The columns that a table of this width has room for, from the left. */
export function requestColumns(
  columns: number,
  isWide: boolean,
  choice: ColumnChoice,
): RequestColumn[] {
  const [p50, p95, p99] = (['p50', 'p95', 'p99'] as const).map((name) =>
    percentile(name, choice.clock),
  );
  const rate = rateColumn(choice.isFinished ? 'AVG/S' : '/S 10s');
  const all: readonly (readonly [column: RequestColumn | undefined, fromColumns: number])[] = [
    [REQS, 0],
    [FAILS, isWide ? 0 : Number.POSITIVE_INFINITY],
    [FAIL_SHARE, 0],
    [rate, 49],
    [p50, 58],
    [p95, 0],
    [p99, 70],
    [maximum(choice.clock), isWide ? 0 : Number.POSITIVE_INFINITY],
    [trend(choice.levels), isWide ? 0 : Number.POSITIVE_INFINITY],
  ];
  return all.flatMap(([column, from]) => (column !== undefined && columns >= from ? [column] : []));
}

const REQS: RequestColumn = {
  title: 'REQS',
  sort: 'reqs',
  width: 1 + COUNT_WIDTH,
  overhang: 0,
  cell: ({ window }) => span(padLeft(formatCount(window.n, COUNT_WIDTH), 1 + COUNT_WIDTH)),
};

const FAILS: RequestColumn = {
  title: 'FAILS',
  sort: null,
  width: 1 + FAILS_WIDTH,
  overhang: 0,
  cell: ({ window }) =>
    span(
      padLeft(formatCount(window.fails, FAILS_WIDTH), 1 + FAILS_WIDTH),
      failStyle(window.fails, window.n),
    ),
};

const FAIL_SHARE: RequestColumn = {
  title: 'FAIL %',
  sort: 'fail',
  width: 2 + FAIL_CELL_WIDTH,
  overhang: 1,
  cell: ({ window }) =>
    span(`  ${formatFailCell(window.fails, window.n)}`, failStyle(window.fails, window.n)),
};

function rateColumn(title: string): RequestColumn {
  return {
    title,
    sort: 'rate',
    width: 2 + RATE_CELL_WIDTH,
    overhang: TENTHS,
    cell: ({ rps }) => span(`  ${formatRateCell(rps)}`),
  };
}

function percentile(name: 'p50' | 'p95' | 'p99', clock: ClockName): RequestColumn {
  return timeColumn(`${CLOCK_PREFIX[clock]}${name.slice(1)}`, name, (window) =>
    supportedPercentile(window[clock], name, window.n),
  );
}

function maximum(clock: ClockName): RequestColumn {
  return timeColumn(clock === 'response' ? 'max' : `${CLOCK_PREFIX[clock]}mx`, null, (window) =>
    window.n === 0 ? null : window[clock].max,
  );
}

function timeColumn(
  title: string,
  sort: SortColumn | null,
  valueMs: (window: StatsWindow) => number | null,
): RequestColumn {
  return {
    title,
    sort,
    width: 1 + TIME_CELL_WIDTH,
    overhang: TENTHS,
    cell: ({ window }) => span(` ${formatTimeCell(valueMs(window))}`),
  };
}

function trend(levels: string): RequestColumn {
  const width = 2 + TREND_WIDTH;
  return {
    title: 'REQ/S TREND',
    sort: null,
    width,
    // The title starts where the bars start.
    overhang: TREND_WIDTH - 'REQ/S TREND'.length,
    cell: ({ trend: rates }) => {
      const folded = foldTrend(rates);
      const bars = sparkline(folded, highestValue(folded), levels);
      return span(padRight(`  ${bars}`, width), TREND_STYLE);
    },
  };
}

const TREND_STYLE: Style = { color: 'blue' };

/** The last minute in columns of five seconds, oldest first. */
function foldTrend(rates: readonly number[]): number[] {
  const secondsPerColumn = 60 / TREND_WIDTH;
  const recent = rates.slice(-60);
  const folded: number[] = [];
  for (let start = 0; start < recent.length; start += secondsPerColumn) {
    const part = recent.slice(start, start + secondsPerColumn);
    folded.push(part.reduce((sum, rate) => sum + rate, 0) / part.length);
  }
  return folded;
}

/** A column's title above its cells, marked where the table is sorted by it. */
export function columnTitle(column: RequestColumn, mark: string): string {
  const title = padLeft(mark + column.title, column.width - column.overhang);
  return padRight(title, column.width);
}

/** A cell in the style of its row, where the column does not say otherwise. */
export function rowCell(column: RequestColumn, figures: RowFigures, base: Style = PLAIN): Span {
  const { text, style } = column.cell(figures);
  return { text, style: { ...base, ...style } };
}
