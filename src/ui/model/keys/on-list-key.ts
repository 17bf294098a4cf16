import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';
import { visibleRequests } from '../state/request-rows.ts';
import type { UiState } from '../state/ui-state.ts';
import type { KeyPress } from '../text/key-press.ts';

/** Lines that PgUp and PgDn move by. */
const PAGE = 10;

/**
 * What the keys that move do: the selection in the table of requests, the lines of the other lists.
 *
 * @returns The next state, or null where the key moves nothing.
 */
export function onListKey(
  state: UiState,
  input: string,
  key: KeyPress,
  newest: RunSnapshot,
): UiState | null {
  const move = moveOf(input, key);
  if (move === null || state.isHelpOpen) return null;
  const snapshot = state.frozen ?? newest;
  switch (state.view) {
    case 'requests':
      return { ...state, selected: moveSelection(state, snapshot, move) };
    case 'failures': {
      const failures = moved(state.scroll.failures, snapshot.failures.shown.length, move);
      return { ...state, scroll: { ...state.scroll, failures } };
    }
    case 'workers': {
      const workers = moved(state.scroll.workers, snapshot.workers.length, move);
      return { ...state, scroll: { ...state.scroll, workers } };
    }
    case 'log':
      // The log counts from its end: up is further back.
      return { ...state, logBack: moved(state.logBack, snapshot.log.length, -move) };
    case 'charts':
      return state;
  }
}

/** Lines that a key moves by, downwards; infinite for the ends. */
function moveOf(input: string, key: KeyPress): number | null {
  if (key.upArrow || input === 'k') return -1;
  if (key.downArrow || input === 'j') return 1;
  if (key.pageUp) return -PAGE;
  if (key.pageDown) return PAGE;
  if (key.home) return Number.NEGATIVE_INFINITY;
  return key.end ? Number.POSITIVE_INFINITY : null;
}

function moveSelection(state: UiState, snapshot: RunSnapshot, move: number): string | null {
  const rows = visibleRequests(snapshot, state);
  const at = rows.findIndex(({ key }) => key === state.selected);
  // The first move from nowhere selects the first row, whatever the direction.
  const next = at < 0 && Number.isFinite(move) ? 0 : moved(Math.max(0, at), rows.length, move);
  return rows[next]?.key ?? null;
}

function moved(from: number, count: number, move: number): number {
  return Math.min(Math.max(0, count - 1), Math.max(0, from + move));
}
