import {
  formatAge,
  formatCount,
  formatRateCell,
  formatShare,
  formatTimeCell,
  NO_VALUE,
} from '../../../base/format.ts';
import type { SnapshotWorker, WorkerStatus } from '../../../stats/snapshot/run-snapshot.ts';
import { isSaturated, workersByTrouble } from '../state/list-rows.ts';
import { rowWindow } from '../state/row-window.ts';
import type { Screen } from '../state/screen.ts';
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
  titleLine,
  WARN,
} from '../text/line.ts';
import { nameCell, padLeft, padRight, textCell } from '../text/width.ts';
import { wrapText } from '../text/wrap.ts';

/** From these widths on there is room for CPU, for the process, for clock and memory, and for the address. */
const CPU_COLUMNS = 70;
const PID_COLUMNS = 78;
const MEMORY_COLUMNS = 100;
const ADDRESS_COLUMNS = 116;
const PID_WIDTH = 8;
/** An IPv4 address and two spaces. */
const ADDRESS_WIDTH = 17;
/** From this height on the selected worker is described below the list. */
const LEAST_WITH_DETAIL = 8;
const MOST_MAP_LINES = 3;
/** Margin, id, status, users, rate, loop and lag. */
const FIXED_COLUMNS = 7 + 10 + 7 + 9 + 7 + 8;

/**
 * The fleet: a map of it if the list does not fit, the list, and below it more about the selected worker. If
 * none is selected, that is the first one.
 */
export function workersView(screen: Screen, width: number, height: number): Line[] {
  const { workers } = screen.snapshot;
  const sorted = workersByTrouble(workers);
  const selected = sorted.find(({ id }) => id === screen.state.selectedWorker) ?? sorted[0];
  if (selected === undefined) {
    return fitBlock([[span(' No worker has joined yet.', DIM)]], width, height);
  }
  const detail = height < LEAST_WITH_DETAIL ? [] : workerDetail(selected, screen, width);
  const room = height - detail.length;
  const map = workers.length <= room - 1 || height < 9 ? [] : fleetMap(screen, width);
  const list = workerList(screen, width, room - map.length);
  return [...fitBlock([...map, ...list], width, room), ...fitBlock(detail, width, detail.length)];
}

/** The list alone, as far as it fits. */
export function workerList(screen: Screen, width: number, height: number): Line[] {
  const sorted = workersByTrouble(screen.snapshot.workers);
  const room = height - 1;
  const isFitting = sorted.length <= room;
  const at = sorted.findIndex(({ id }) => id === screen.state.selectedWorker);
  const { above, below, shown } = rowWindow(sorted.length, isFitting ? room : room - 1, at);
  const list = sorted.slice(above, above + shown);
  return [
    titles(screen, width),
    ...list.map((worker) => workerLine(worker, screen, width)),
    ...(isFitting ? [] : [moreLine(screen, above, below)]),
  ];
}

/** What the list may have no room for: process, host, address, clock and memory. */
function workerDetail(worker: SnapshotWorker, screen: Screen, width: number): Line[] {
  const { glyphs } = screen;
  const { id, host, address, pid, status, memMb } = worker;
  const isGone = status === 'lost' || status === 'done';
  const condition = isGone
    ? ''
    : `, clock ${clockText(worker, screen)} ms, ${formatCount(memMb, 7)} MB`;
  const text = `process ${pid} on ${host}, address ${address === '' ? 'unknown' : address}${condition}`;
  const lines = wrapText(text, width - 2, 2, glyphs.ellipsis);
  return [
    [span(' '), ...titleLine(`WORKER ${id}`, '', width - 1, glyphs.ruleEmpty)],
    ...lines.map((line): Line => [span(` ${line}`)]),
  ];
}

function moreLine({ glyphs }: Screen, above: number, below: number): Line {
  const text =
    above === 0
      ? ` +${formatCount(below)} more, none worse than those shown`
      : ` ${glyphs.up} ${formatCount(above)}  ${glyphs.down} ${formatCount(below)} more`;
  return [span(text, DIM)];
}

/** A mark for each worker; in a large fleet a mark for several workers, which shows the worst of them. */
function fleetMap(screen: Screen, width: number): Line[] {
  const { workers } = screen.snapshot;
  const { glyphs } = screen;
  const perLine = Math.max(1, width - 2);
  const each = Math.ceil(workers.length / (perLine * MOST_MAP_LINES));
  const marks: Line[number][] = [];
  for (let first = 0; first < workers.length; first += each) {
    const worst = workersByTrouble(workers.slice(first, first + each))[0];
    if (worst !== undefined) marks.push(mapMark(worst, screen));
  }
  const lines: Line[] = [];
  for (let first = 0; first < marks.length; first += perLine) {
    lines.push([span(' '), ...marks.slice(first, first + perLine)]);
  }
  const scale = each === 1 ? '' : `1 mark = ${each} workers (the worst)   `;
  const legend = ` ${scale}${glyphs.worker} ok  H loop 95 %+  ! late  ${glyphs.bad} lost`;
  return [...lines, [span(legend, DIM)], blankLine(width)];
}

function mapMark(worker: SnapshotWorker, { glyphs }: Screen): Line[number] {
  const { status } = worker;
  if (status === 'lost') return span(glyphs.bad, BAD);
  if (status === 'late') return span('!', WARN);
  return isSaturated(worker) ? span('H', WARN) : span(glyphs.worker, { color: 'green' });
}

function titles({ isFinished }: Screen, width: number): Line {
  const rate = isFinished ? 'AVG/S' : '/S 10s';
  const cells = [
    ` ${padRight('ID', 6)}${padRight('HOST', hostWidth(width))}`,
    width >= ADDRESS_COLUMNS ? padRight('ADDRESS', ADDRESS_WIDTH) : '',
    width >= PID_COLUMNS ? `${padLeft('PID', PID_WIDTH - 2)}  ` : '',
    padRight('STATUS', 10),
    padLeft('USERS', 7),
    `${padLeft(rate, 7)}  `,
    width >= CPU_COLUMNS ? padLeft('CPU %', 6) : '',
    padLeft('LOOP %', 7),
    padLeft('LAG p99', 8),
    width >= MEMORY_COLUMNS ? padLeft('CLOCK ms', 10) + padLeft('MEM MB', 8) : '',
  ];
  return [span(cells.join(''), DIM)];
}

function workerLine(worker: SnapshotWorker, screen: Screen, width: number): Line {
  const { glyphs } = screen;
  // The last figures of a worker that is lost or done say nothing about its condition now.
  const isGone = worker.status === 'lost' || worker.status === 'done';
  const share = (ratio: number): string => (isGone ? NO_VALUE : formatShare(ratio));
  const memory = padLeft(isGone ? NO_VALUE : formatCount(worker.memMb, 7), 8);
  const isSelected = worker.id === screen.state.selectedWorker;
  return [
    span(isSelected ? glyphs.selected : ' '),
    span(`${textCell(worker.id, 5, glyphs.ellipsis)} `, { ...STRONG, inverse: isSelected }),
    span(`${nameCell(worker.host, hostWidth(width) - 2, glyphs.ellipsis)}  `),
    ...placeSpans(worker, screen, width),
    span(padRight(statusText(worker), 10), statusStyle(worker.status)),
    span(padLeft(formatCount(worker.users, 6), 7)),
    span(` ${formatRateCell(worker.status === 'lost' ? null : worker.rps)} `),
    span(width >= CPU_COLUMNS ? padLeft(share(worker.cpu), 6) : ''),
    span(padLeft(share(worker.loop), 7), isSaturated(worker) ? WARN : PLAIN),
    span(` ${formatTimeCell(isGone ? null : worker.lag99)}`),
    span(width >= MEMORY_COLUMNS ? padLeft(clockText(worker, screen), 10) + memory : '', DIM),
  ];
}

/** The address and the process of a worker, as far as there is room. */
function placeSpans({ address, pid }: SnapshotWorker, { glyphs }: Screen, width: number): Line {
  const place = address === '' ? NO_VALUE : address;
  const addressText = `${nameCell(place, ADDRESS_WIDTH - 2, glyphs.ellipsis)}  `;
  return [
    span(width >= ADDRESS_COLUMNS ? addressText : ''),
    span(width >= PID_COLUMNS ? `${padLeft(String(pid), PID_WIDTH - 2)}  ` : '', DIM),
  ];
}

function statusText({ status, silentMs }: SnapshotWorker): string {
  if (status === 'lost') return `LOST ${formatAge(silentMs)}`.slice(0, 10);
  return status === 'late' ? `LATE ${formatAge(silentMs)}`.slice(0, 10) : status;
}

function statusStyle(status: WorkerStatus): Style {
  if (status === 'lost') return BAD;
  return status === 'late' || status === 'rejoined' ? WARN : PLAIN;
}

function clockText({ clockOffset, status }: SnapshotWorker, { glyphs }: Screen): string {
  if (status === 'lost' || status === 'done' || !Number.isFinite(clockOffset)) return NO_VALUE;
  const size = Math.abs(clockOffset);
  const text = size < 9999.5 ? size.toFixed(1) : '>9999';
  if (text === '0.0') return text;
  return `${clockOffset < 0 ? glyphs.minus : '+'}${text}`;
}

/** Columns that the others leave for the host. */
function hostWidth(width: number): number {
  const cpu = width >= CPU_COLUMNS ? 6 : 0;
  const pid = width >= PID_COLUMNS ? PID_WIDTH : 0;
  const memory = width >= MEMORY_COLUMNS ? 18 : 0;
  const address = width >= ADDRESS_COLUMNS ? ADDRESS_WIDTH : 0;
  return Math.max(3, width - FIXED_COLUMNS - cpu - pid - memory - address);
}
