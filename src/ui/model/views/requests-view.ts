import { formatCount } from '../../../base/format.ts';
import type { SnapshotRequest } from '../../../stats/snapshot/run-snapshot.ts';
import { shownFilter, visibleRequests, windowOf } from '../state/request-rows.ts';
import { rowWindow } from '../state/row-window.ts';
import { isTableRecent, type Screen } from '../state/screen.ts';
import {
  BAD,
  blankLine,
  DIM,
  fitBlock,
  type Line,
  PLAIN,
  STRONG,
  type Style,
  span,
} from '../text/line.ts';
import { nameCell, textCell } from '../text/width.ts';
import {
  columnTitle,
  type RequestColumn,
  type RowFigures,
  requestColumns,
  rowCell,
} from './request-columns.ts';

/** Columns that stay free at the right of the table. */
const RIGHT_MARGIN = 2;
const METHOD_WIDTH = 7;

interface Table {
  readonly screen: Screen;
  readonly columns: readonly RequestColumn[];
  readonly width: number;
  readonly methodWidth: number;
  readonly nameWidth: number;
}

/**
 * The table of requests: titles, the row of all requests, and as many names as fit around the selected
 * one. If some do not fit, a last line says how many.
 */
export function requestsView(screen: Screen, width: number, height: number): Line[] {
  const table = layOut(screen, width);
  const rows = visibleRequests(screen.snapshot, screen.state);
  const lines = [titles(table), ...bodyLines(table, rows, height - 1)];
  return fitBlock(lines, width, height);
}

function layOut(screen: Screen, width: number): Table {
  const columns = requestColumns(width, screen.layout.isWide && width >= 112, {
    clock: screen.state.clock,
    isFinished: screen.isFinished,
    levels: screen.glyphs.levels,
  });
  const methodWidth = screen.layout.isSmall ? 0 : METHOD_WIDTH;
  const taken = columns.reduce((sum, column) => sum + column.width, 1 + methodWidth + RIGHT_MARGIN);
  return { screen, columns, width, methodWidth, nameWidth: Math.max(1, width - taken) };
}

function titles({ screen, columns, methodWidth, nameWidth }: Table): Line {
  const { state, glyphs } = screen;
  const mark = state.isReversed ? glyphs.sortUp : glyphs.sortDown;
  const nameMark = state.sort === 'name' ? mark : '';
  const method = methodWidth > 0 ? textCell('METHOD', methodWidth, '') : '';
  // On a small screen nothing else says that a filter hides names.
  const filter = shownFilter(state);
  const filtered = screen.layout.isSmall && filter !== '' ? ` /${filter}` : '';
  const name = textCell(`NAME${nameMark}${filtered}`, nameWidth, glyphs.ellipsis);
  const cells = columns.map((column) =>
    columnTitle(column, state.sort === column.sort ? mark : ''),
  );
  return [span(` ${method}${name}${cells.join('')}`, DIM)];
}

function bodyLines(table: Table, rows: readonly SnapshotRequest[], height: number): Line[] {
  const { snapshot, state } = table.screen;
  if (snapshot.requests.length === 0) return [[span(' No request finished yet.', DIM)]];
  const all = allRow(table);
  if (rows.length === 0) {
    return [all, [span(` No name contains "${shownFilter(state)}".`, DIM)]];
  }
  const room = height - 1;
  if (rows.length <= room) return [all, ...rows.map((row) => requestRow(table, row))];
  const selected = rows.findIndex(({ key }) => key === state.selected);
  const { above, below, shown } = rowWindow(rows.length, Math.max(1, room - 1), selected);
  const visible = rows.slice(above, above + shown).map((row) => requestRow(table, row));
  return [all, ...visible, moreLine(table, above, below)];
}

function allRow(table: Table): Line {
  const { screen, methodWidth, nameWidth } = table;
  const { snapshot, glyphs, isFinished } = screen;
  const names = snapshot.requests.length;
  const title = names === 1 ? '1 name' : `${formatCount(names)} names`;
  const name =
    methodWidth > 0
      ? textCell('ALL', methodWidth, '') + textCell(title, nameWidth, glyphs.ellipsis)
      : textCell(`ALL (${formatCount(names)})`, nameWidth, glyphs.ellipsis);
  const figures = {
    window: windowOf(snapshot, isTableRecent(screen)),
    rps: isFinished ? snapshot.run.rps : snapshot.now.rps,
    trend: snapshot.history.rps,
  };
  return [span(` ${name}`, STRONG), ...figureSpans(table, figures, STRONG)];
}

function requestRow(table: Table, row: SnapshotRequest): Line {
  const { screen, methodWidth, nameWidth } = table;
  const { snapshot, state, glyphs, isFinished } = screen;
  const isSelected = row.key === state.selected;
  const isFailing = snapshot.thresholds.some(
    ({ state: now, request }) => now === 'fail' && request === row.key,
  );
  const base: Style = isSelected ? { inverse: true } : PLAIN;
  const method =
    methodWidth > 0 ? `${textCell(row.method, methodWidth - 1, glyphs.ellipsis)} ` : '';
  const figures = {
    window: windowOf(row, isTableRecent(screen)),
    rps: isFinished ? row.run.rps : row.now.rps,
    trend: row.trend,
  };
  const margin = isFailing ? span(glyphs.bad, BAD) : span(isSelected ? glyphs.selected : ' ');
  return [
    margin,
    span(method, { ...base, ...DIM }),
    span(nameCell(row.name, nameWidth, glyphs.ellipsis), base),
    ...figureSpans(table, figures, base),
  ];
}

function figureSpans({ columns }: Table, figures: RowFigures, base: Style): Line {
  return columns.map((column) => rowCell(column, figures, base));
}

function moreLine({ screen, methodWidth, width }: Table, above: number, below: number): Line {
  const { glyphs, caps } = screen;
  const hint = caps.keys ? '  (arrows scroll, / filters)' : '';
  const indent = ' '.repeat(1 + methodWidth);
  const text = `${indent}${glyphs.up} ${formatCount(above)}  ${glyphs.down} ${formatCount(below)} more${hint}`;
  return above + below === 0 ? blankLine(width) : [span(text, DIM)];
}
