import stringWidth from 'string-width';
import { formatCount, formatFailCell, formatRateCell, formatTimeCell } from '../base/format.ts';
import { inTerminal } from '../base/outside-text.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { NameFigures, RunRecord } from '../store/record/run-record.ts';
import { measuredSeconds } from './summary-json.ts';
import { dashText, SHOWN_QUANTILES, supportedMs } from './supported-percentile.ts';
import { fitText, roomBeyond, type TextStyle } from './text-layout.ts';

/** How the summary looks, and which files were written beside it. */
export interface SummaryStyle extends TextStyle {
  /** Paths of the files written, as the user should see them. */
  readonly files: readonly string[];
}

/** From this many names on, only the slowest and those with failures are shown. */
const MAX_NAMES = 40;
const SLOWEST_SHOWN = 20;

/** The table of request names, with the sum of them all and what its dashes mean. */
export function requestsTable(record: RunRecord, options: SummaryStyle): string[] {
  const { names, total } = record;
  if (names.length === 0) return [];
  const shown = shownNames(names);
  const hidden = names.length - shown.length;
  const count = `${names.length} ${names.length === 1 ? 'name' : 'names'}`;
  const layout = layoutOf(shown, options);
  const row = (method: string, name: string, figures: NameFigures): string =>
    tableRow([method, name], figures, measuredSeconds(record), layout);
  const dashes = dashText([...shown, total].map(responseOf));
  return [
    `  ${'METHOD'.padEnd(layout.methodColumns)} ${'NAME'.padEnd(layout.nameColumns)} ${HEADINGS}`,
    ...shown.map((figures) => row(figures.method, figures.name, figures)),
    ...moreLines(hidden, 'stats.csv', 9, options),
    row('ALL', count, total),
    ...(dashes === '' ? [] : [`  -      ${dashes}`]),
  ];
}

/** How wide the two columns are that have texts in them. */
interface TableLayout {
  readonly methodColumns: number;
  readonly nameColumns: number;
  readonly style: TextStyle;
}

/** The narrowest columns, which make a table of 80 columns with one for each figure. */
const METHOD_COLUMNS = 6;
const NAME_COLUMNS = 21;
const HEADINGS = '    REQS FAIL %   AVG/S     p50     p95    p99 ms';

/** Columns as wide as the texts in them, as far as there is room beyond 80. */
function layoutOf(shown: readonly NameFigures[], style: TextStyle): TableLayout {
  const widest = (texts: readonly string[]): number =>
    Math.max(...texts.map((text) => stringWidth(inTerminal(text))));
  const room = roomBeyond(style);
  const nameColumns = Math.max(widest(shown.map(({ name }) => name)), NAME_COLUMNS);
  const methodColumns = Math.max(widest(shown.map(({ method }) => method)), METHOD_COLUMNS);
  const nameRoom = Math.min(nameColumns - NAME_COLUMNS, room);
  return {
    nameColumns: NAME_COLUMNS + nameRoom,
    methodColumns: Math.min(methodColumns, METHOD_COLUMNS + room - nameRoom),
    style,
  };
}

function tableRow(
  [method, name]: readonly [method: string, name: string],
  figures: NameFigures,
  seconds: number,
  { methodColumns, nameColumns, style }: TableLayout,
): string {
  const requests = figures.succeeded + figures.failed;
  const response = responseOf(figures);
  const times = SHOWN_QUANTILES.map((quantile) => formatTimeCell(supportedMs(response, quantile)));
  return [
    `  ${fitText(inTerminal(method), methodColumns, style)}`,
    fitText(inTerminal(name), nameColumns, style),
    `${formatCount(requests, 8).padStart(8)} `,
    formatFailCell(figures.failed, requests),
    ` ${formatRateCell(seconds > 0 ? requests / seconds : 0)}`,
    times.join(' '),
  ].join(' ');
}

/** All names or, of many, the slowest and those with failures, in their usual order. */
function shownNames(names: readonly NameFigures[]): readonly NameFigures[] {
  if (names.length <= MAX_NAMES) return names;
  const p95Us = new Map(names.map((row) => [row, responseOf(row).percentileUs(0.95) ?? -1]));
  const slowestFirst = names.toSorted((a, b) => (p95Us.get(b) ?? 0) - (p95Us.get(a) ?? 0));
  const slowest = slowestFirst.slice(0, SLOWEST_SHOWN);
  const failing = names
    .filter((row) => row.failed > 0 && !slowest.includes(row))
    .toSorted((a, b) => b.failed - a.failed);
  const chosen = new Set([...slowest, ...failing.slice(0, MAX_NAMES - SLOWEST_SHOWN)]);
  return names.filter((row) => chosen.has(row));
}

/** Says where to find what is not shown here. */
export function moreLines(
  hidden: number,
  file: string,
  indent: number,
  { files }: SummaryStyle,
): string[] {
  if (hidden <= 0) return [];
  const isWritten = files.some((path) => path.endsWith(file));
  const where = isWritten ? `in ${file}` : '(katydid report --csv gives all)';
  return [`${' '.repeat(indent)}+${hidden} more ${where}`];
}
