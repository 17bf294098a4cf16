import type {
  RunSnapshot,
  SnapshotRequest,
  StatsWindow,
} from '../../../stats/snapshot/run-snapshot.ts';
import { supportedPercentile } from '../text/samples.ts';
import type { SortColumn, UiState } from './ui-state.ts';

/** How a table of requests is put in order. */
export type RowOrder = Pick<UiState, 'sort' | 'isReversed' | 'clock' | 'isRecent'>;

/** The keys of all requests, by a figure from the highest, by name from A, or as they were first seen. */
export function rankRequests(snapshot: RunSnapshot, order: RowOrder): string[] {
  const rows = [...snapshot.requests];
  if (order.sort === 'name')
    rows.sort((a, b) => compareText(a.name, b.name) || compareText(a.key, b.key));
  else if (order.sort !== 'seen') {
    const rankOf = rankValue(order.sort, order);
    rows.sort((a, b) => rankOf(b) - rankOf(a));
  }
  if (order.isReversed) rows.reverse();
  return rows.map(({ key }) => key);
}

/** The requests that the filter lets through, in the order of the state. */
export function visibleRequests(snapshot: RunSnapshot, state: UiState): SnapshotRequest[] {
  const needle = shownFilter(state).toLowerCase();
  const rows = inOrder(snapshot.requests, state.ranking?.keys ?? null);
  return needle === '' ? rows : rows.filter(({ key }) => key.toLowerCase().includes(needle));
}

/** The filter in force: what is being typed, else what was typed last. */
export function shownFilter({ prompt, filter }: UiState): string {
  return prompt?.kind === 'filter' ? prompt.text : filter;
}

/** The window of a request that the table shows. */
export function windowOf(row: SnapshotRequest | RunSnapshot, isRecent: boolean): StatsWindow {
  return isRecent ? row.now : row.run;
}

/** A ranking may be older than the snapshot: names that it lacks come last, in the order of the snapshot. */
function inOrder(
  requests: readonly SnapshotRequest[],
  ranking: readonly string[] | null,
): SnapshotRequest[] {
  if (ranking === null) return [...requests];
  const position = new Map(ranking.map((key, i) => [key, i]));
  const last = ranking.length;
  return requests.toSorted((a, b) => (position.get(a.key) ?? last) - (position.get(b.key) ?? last));
}

function rankValue(
  sort: Exclude<SortColumn, 'seen' | 'name'>,
  { clock, isRecent }: RowOrder,
): (row: SnapshotRequest) => number {
  switch (sort) {
    case 'reqs':
      return (row) => windowOf(row, isRecent).n;
    case 'fail':
      return (row) => {
        const { n, fails } = windowOf(row, isRecent);
        return n === 0 ? -1 : fails / n;
      };
    case 'rate':
      return (row) => row.now.rps;
    case 'p50':
    case 'p95':
    case 'p99':
      return (row) => {
        const window = windowOf(row, isRecent);
        return supportedPercentile(window[clock], sort, window.n) ?? -1;
      };
  }
}

/** By code points, not by the locale, so that the order is the same everywhere. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
