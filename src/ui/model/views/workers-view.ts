import {
  formatAge,
  formatCount,
  formatRateCell,
  formatShare,
  formatTimeCell,
  NO_VALUE,
} from '../../../base/format.ts';
import type { SnapshotWorker, WorkerStatus } from '../../../stats/snapshot/run-snapshot.ts';
import { SATURATED_LOOP_RATIO } from '../../../stats/verdict/verdict.ts';
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
  WARN,
} from '../text/line.ts';
import { nameCell, padLeft, padRight, textCell } from '../text/width.ts';

/** From this width on there is room for CPU, and from the second on for clock and memory too. */
const CPU_COLUMNS = 70;
const MEMORY_COLUMNS = 100;
const MOST_MAP_LINES = 3;
/** Margin, id, status, users, rate, loop and lag. */
const FIXED_COLUMNS = 7 + 10 + 7 + 9 + 7 + 8;

/** The fleet: a map where the list does not fit, then the list, those in trouble first. */
export function workersView(screen: Screen, width: number, height: number): Line[] {
  const { workers } = screen.snapshot;
  if (workers.length === 0) {
    return fitBlock([[span(' No worker has joined yet.', DIM)]], width, height);
  }
  const isFitting = workers.length <= height - 1;
  const map = isFitting || height < 9 ? [] : fleetMap(screen, width);
  return fitBlock([...map, ...workerList(screen, width, height - map.length)], width, height);
}

/** The list alone, as far as it fits. */
export function workerList(screen: Screen, width: number, height: number): Line[] {
  const { workers } = screen.snapshot;
  const room = height - 1;
  if (workers.length <= room) {
    return [titles(screen, width), ...workers.map((worker) => workerLine(worker, screen, width))];
  }
  const rows = Math.max(0, room - 1);
  const above = Math.min(screen.state.scroll.workers, workers.length - rows);
  const list = byTrouble(workers).slice(above, above + rows);
  const below = workers.length - above - list.length;
  return [
    titles(screen, width),
    ...list.map((worker) => workerLine(worker, screen, width)),
    moreLine(screen, above, below),
  ];
}

function moreLine({ glyphs }: Screen, above: number, below: number): Line {
  const text =
    above === 0
      ? ` +${formatCount(below)} more, none worse than those shown`
      : ` ${glyphs.up} ${formatCount(above)}  ${glyphs.down} ${formatCount(below)} more`;
  return [span(text, DIM)];
}

const TROUBLE: Readonly<Record<WorkerStatus, number>> = {
  lost: 3,
  late: 2,
  rejoined: 1,
  ready: 0,
  running: 0,
  done: 0,
};

/** The order of trouble, then of how busy the event loop is. */
function byTrouble(workers: readonly SnapshotWorker[]): SnapshotWorker[] {
  return workers.toSorted((a, b) => TROUBLE[b.status] - TROUBLE[a.status] || b.loop - a.loop);
}

/** One mark a worker, or one for several that shows the worst of them. */
function fleetMap(screen: Screen, width: number): Line[] {
  const { workers } = screen.snapshot;
  const { glyphs } = screen;
  const perLine = Math.max(1, width - 2);
  const each = Math.ceil(workers.length / (perLine * MOST_MAP_LINES));
  const marks: Line[number][] = [];
  for (let first = 0; first < workers.length; first += each) {
    const worst = byTrouble(workers.slice(first, first + each))[0];
    if (worst !== undefined) marks.push(mapMark(worst, screen));
  }
  const lines: Line[] = [];
  for (let first = 0; first < marks.length; first += perLine) {
    lines.push([span(' '), ...marks.slice(first, first + perLine)]);
  }
  const scale = each === 1 ? '' : `1 mark = ${each} workers (the worst)   `;
  const legend = ` ${scale}${glyphs.worker} ok  H loop >90 %  ! late  ${glyphs.bad} lost`;
  return [...lines, [span(legend, DIM)], blankLine(width)];
}

function mapMark({ status, loop }: SnapshotWorker, { glyphs }: Screen): Line[number] {
  if (status === 'lost') return span(glyphs.bad, BAD);
  if (status === 'late') return span('!', WARN);
  const isBusy = status !== 'done' && loop >= SATURATED_LOOP_RATIO;
  return isBusy ? span('H', WARN) : span(glyphs.worker, { color: 'green' });
}

function titles({ isFinished }: Screen, width: number): Line {
  const rate = isFinished ? 'AVG/S' : '/S 10s';
  const cells = [
    ` ${padRight('ID', 6)}${padRight('HOST', hostWidth(width))}${padRight('STATUS', 10)}`,
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
  // What a lost worker and one that is done told last is no condition of theirs any more.
  const isGone = worker.status === 'lost' || worker.status === 'done';
  const share = (ratio: number): string => (isGone ? NO_VALUE : formatShare(ratio));
  const memory = padLeft(isGone ? NO_VALUE : formatCount(worker.memMb, 7), 8);
  return [
    span(` ${textCell(worker.id, 5, glyphs.ellipsis)} `, STRONG),
    span(nameCell(worker.host, hostWidth(width) - 2, glyphs.ellipsis)),
    span(`  ${padRight(statusText(worker), 10)}`, statusStyle(worker.status)),
    span(padLeft(formatCount(worker.users, 6), 7)),
    span(` ${formatRateCell(worker.status === 'lost' ? null : worker.rps)} `),
    span(width >= CPU_COLUMNS ? padLeft(share(worker.cpu), 6) : ''),
    span(
      padLeft(share(worker.loop), 7),
      worker.loop >= SATURATED_LOOP_RATIO && !isGone ? WARN : PLAIN,
    ),
    span(` ${formatTimeCell(isGone ? null : worker.lag99)}`),
    span(width >= MEMORY_COLUMNS ? padLeft(clockText(worker, screen), 10) + memory : '', DIM),
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
  return `${clockOffset < 0 ? glyphs.minus : '+'}${size < 9999.5 ? size.toFixed(1) : '>9999'}`;
}

/** What the other columns leave for the host. */
function hostWidth(width: number): number {
  const cpu = width >= CPU_COLUMNS ? 6 : 0;
  const memory = width >= MEMORY_COLUMNS ? 18 : 0;
  return Math.max(3, width - FIXED_COLUMNS - cpu - memory);
}
