import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';

/** What the body of the screen shows. */
export type ViewName = 'requests' | 'failures' | 'workers' | 'charts' | 'log';

/** The views in the order of their keys `1` to `5`. */
export const VIEWS: readonly ViewName[] = ['requests', 'failures', 'workers', 'charts', 'log'];

/** What the table of requests is sorted by. */
export type SortColumn = 'seen' | 'name' | 'reqs' | 'fail' | 'rate' | 'p50' | 'p95' | 'p99';

/** The sort columns in the order in which `o` goes through them. */
export const SORT_COLUMNS: readonly SortColumn[] = [
  'seen',
  'name',
  'reqs',
  'fail',
  'rate',
  'p50',
  'p95',
  'p99',
];

/** Which of the three times the table shows. */
export type ClockName = 'response' | 'service' | 'lag';

/** The clocks in the order in which `v` goes through them. */
export const CLOCKS: readonly ClockName[] = ['response', 'service', 'lag'];

/** A line that is being typed in place of the key hints. */
export interface Prompt {
  readonly kind: 'users' | 'rate' | 'filter';
  readonly text: string;
  /** Why the last attempt was not taken. */
  readonly problem?: string;
}

/** Everything about the screen that is not about the run. Immutable. */
export interface UiState {
  readonly view: ViewName;
  readonly isHelpOpen: boolean;
  /** A question that waits for `y` or `n`. */
  readonly confirm: 'stop' | 'quit' | null;
  readonly prompt: Prompt | null;
  /** Only requests whose method and name contain this text are shown; an empty text shows all. */
  readonly filter: string;
  readonly sort: SortColumn;
  readonly isReversed: boolean;
  readonly clock: ClockName;
  /** Whether the table shows the last 10 s; a finished run has no such window. */
  readonly isRecent: boolean;
  /** Keys of the requests in the order shown; null is the order of the snapshot. */
  readonly ranking: { readonly keys: readonly string[]; readonly at: number } | null;
  /** Key of the selected request, kept while the rows move. */
  readonly selected: string | null;
  /** Keys of the failure and the worker that are selected, kept while the rows move. */
  readonly selectedFailure: string | null;
  readonly selectedWorker: string | null;
  /** Lines scrolled back in the log; 0 follows its end. */
  readonly logBack: number;
  /** The snapshot on show while the display is frozen; null while it is not. */
  readonly frozen: RunSnapshot | null;
  /** What has just been done, shown in the key line for a moment. */
  readonly notice: string | null;
  /** Whether a stop was asked for with Ctrl-C, so that the next one quits. */
  readonly isInterrupted: boolean;
  /** Whether the screen only looks on, so that closing it leaves the run alone. */
  readonly isGuest: boolean;
  /** Seconds until a finished screen closes by itself; null if it stays. */
  readonly closingInS: number | null;
  /** Whether a key was pressed after the end, so that the screen stays. */
  readonly isKept: boolean;
}

/** The screen as it opens. */
export const INITIAL_STATE: UiState = {
  view: 'requests',
  isHelpOpen: false,
  confirm: null,
  prompt: null,
  filter: '',
  sort: 'seen',
  isReversed: false,
  clock: 'response',
  isRecent: false,
  ranking: null,
  selected: null,
  selectedFailure: null,
  selectedWorker: null,
  logBack: 0,
  frozen: null,
  notice: null,
  isInterrupted: false,
  isGuest: false,
  closingInS: null,
  isKept: false,
};
