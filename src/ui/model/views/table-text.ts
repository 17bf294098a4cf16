import { formatCount, formatDuration, formatFailPercent } from '../../../base/format.ts';
import { inTerminal } from '../../../base/outside-text.ts';
import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';
import { displayWidth, padRight, truncateMiddle } from '../text/width.ts';
import {
  columnTitle,
  type RequestColumn,
  type RowFigures,
  requestColumns,
} from './request-columns.ts';

const METHOD_WIDTH = 7;
const LEAST_NAME = 12;
const MOST_NAME = 60;
/** Enough columns for all figures, but not for the trend. */
const COLUMNS = 80;

/**
 * The table of requests as plain text, to be kept or pasted: figures of the whole run, response times in
 * milliseconds, names in the order in which they were first seen, and the row of all requests last.
 *
 * @returns Lines joined by line feeds, one at the end.
 */
export function tableText(snapshot: RunSnapshot): string {
  const isFinished = snapshot.state === 'finished';
  const columns = requestColumns(COLUMNS, false, { clock: 'response', isFinished, levels: '' });
  const longest = Math.max(LEAST_NAME, ...snapshot.requests.map(({ name }) => displayWidth(name)));
  const nameWidth = Math.min(MOST_NAME, longest);
  const titles = columns.map((column) => columnTitle(column, '')).join('');
  const rows = snapshot.requests.map(({ method, name, run, now, trend }) =>
    row(method, name, nameWidth, columns, {
      window: run,
      rps: isFinished ? run.rps : now.rps,
      trend,
    }),
  );
  const all = {
    window: snapshot.run,
    rps: isFinished ? snapshot.run.rps : snapshot.now.rps,
    trend: [],
  };
  const lines = [
    summaryLines(snapshot),
    `${padRight('METHOD', METHOD_WIDTH)}${padRight('NAME', nameWidth)}${titles}`,
    ...rows,
    row('ALL', namesText(snapshot.requests.length), nameWidth, columns, all),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function summaryLines({ script, host, at, state, users, run }: RunSnapshot): string {
  const failed = `${formatFailPercent(run.fails, run.n)} % failed`;
  const load = `${formatCount(users.now)}/${formatCount(users.target)} users`;
  const now = `${state} at ${formatDuration(at)}, ${load}, ${failed}`;
  return `${inTerminal(script)} -> ${inTerminal(host)}\n${now}; times in ms, whole run`;
}

function row(
  method: string,
  name: string,
  nameWidth: number,
  columns: readonly RequestColumn[],
  figures: RowFigures,
): string {
  const cells = columns.map((column) => column.cell(figures).text).join('');
  const start = padRight(truncateMiddle(method, METHOD_WIDTH - 1, '~'), METHOD_WIDTH);
  return `${start}${padRight(truncateMiddle(name, nameWidth, '~'), nameWidth)}${cells}`;
}

function namesText(names: number): string {
  return names === 1 ? '1 name' : `${formatCount(names)} names`;
}
