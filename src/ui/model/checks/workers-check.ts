import {
  formatAge,
  formatCount,
  formatRate,
  formatShare,
  formatTime,
} from '../../../base/format.ts';
import type { SnapshotWorker } from '../../../stats/snapshot/run-snapshot.ts';
import { SATURATED_LOOP_RATIO } from '../../../stats/verdict/verdict.ts';
import { isSaturated } from '../state/list-rows.ts';
import type { Screen } from '../state/screen.ts';
import { BAD, DIM, type Span, span, spansWidth, WARN } from '../text/line.ts';
import { CHECK_MARGIN, type Check } from './check.ts';

const BETWEEN = span('   ');

/** How the workers are: each of them if all fit, else the worst one and the range of the others. */
export function workersCheck(screen: Screen): Check {
  const { workers, workersExpected, state } = screen.snapshot;
  const alive = workers.filter((worker) => worker.status !== 'lost');
  const expected = Math.max(workers.length, state === 'waiting' ? workersExpected : 0);
  const title = `Workers ${formatCount(alive.length, 4)}/${formatCount(expected, 4)} `;
  const missing = workersExpected - alive.length;
  if (state === 'waiting' && missing > 0) {
    return { level: 'pending', title, detail: [span(`waiting for ${missing} more`, DIM)] };
  }
  const isTroubled = workers.some((worker) => isInTrouble(worker) || isSaturated(worker));
  return { level: isTroubled ? 'warn' : 'good', title, detail: fleet(screen) };
}

/** Whether something about this worker needs a word of its own. */
export function isInTrouble({ status }: SnapshotWorker): boolean {
  return status === 'lost' || status === 'late';
}

function fleet({ snapshot, layout, glyphs }: Screen): Span[] {
  const room = layout.columns - CHECK_MARGIN;
  const troubled = snapshot.workers.filter(isInTrouble);
  const well = snapshot.workers.filter((worker) => !isInTrouble(worker));
  const worst = troubled.flatMap((worker) => [...troubleSpans(worker), BETWEEN]);
  const each = [...worst, ...well.flatMap((worker) => [...wellSpans(worker), BETWEEN])];
  // The last item needs no space after it.
  if (spansWidth(each) - BETWEEN.text.length <= room) return each;
  const first = troubled[0];
  const more = troubled.length - 1;
  const trouble =
    first === undefined
      ? []
      : [...troubleSpans(first), span(more > 0 ? ` +${more}` : '', WARN), BETWEEN];
  const who = troubled.length > 0 ? 'others' : 'all';
  const running = well.filter(({ status }) => status !== 'done');
  if (running.length === 0)
    return [...trouble, ...(well.length > 0 ? [span(`${who} done`, DIM)] : [])];
  const range = [...trouble, ...rangeSpans(who, running)];
  const lag = lagSpan(running, glyphs.micro);
  return spansWidth([...range, lag]) <= room ? [...range, lag] : range;
}

function troubleSpans({ id, status, silentMs, users }: SnapshotWorker): Span[] {
  if (status === 'late') return [span(`${id} `), span(`LATE ${formatAge(silentMs)}`, WARN)];
  const moved = users === 0 ? ', users moved' : '';
  return [span(`${id} `), span(`LOST ${formatAge(silentMs)}`, BAD), span(moved, DIM)];
}

function wellSpans({ id, status, users, rps, loop }: SnapshotWorker): Span[] {
  // The last figures of a worker that is done say nothing about its condition now.
  if (status === 'done') return [span(id), span(' done', DIM)];
  const load = ` ${formatCount(users, 6)} users ${formatRate(rps)}/s `;
  return [
    span(id),
    span(load, DIM),
    span(`loop ${formatShare(loop)} %`, loop >= SATURATED_LOOP_RATIO ? WARN : DIM),
  ];
}

function rangeSpans(who: string, workers: readonly SnapshotWorker[]): Span[] {
  if (workers.length === 0) return [];
  const rates = range(
    workers.map(({ rps }) => rps),
    formatRate,
  );
  const loops = workers.map(({ loop }) => loop);
  const isBusy = Math.max(...loops) >= SATURATED_LOOP_RATIO;
  return [
    span(`${who} ${rates}/s `, DIM),
    span(`loop ${range(loops, formatShare)} %`, isBusy ? WARN : DIM),
  ];
}

/** The highest send lag among the workers. */
function lagSpan(workers: readonly SnapshotWorker[], micro: 'µ' | 'u'): Span {
  const lags = workers.flatMap(({ lag99 }) => (lag99 === null ? [] : [lag99]));
  return span(lags.length === 0 ? '' : `   lag ${formatTime(Math.max(...lags), micro)}`, DIM);
}

function range(values: readonly number[], format: (value: number) => string): string {
  const low = format(Math.min(...values));
  const high = format(Math.max(...values));
  return low === high ? low : `${low}-${high}`;
}
