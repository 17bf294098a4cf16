import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';
import { failureKey, workersByTrouble } from '../state/list-rows.ts';
import { visibleRequests } from '../state/request-rows.ts';
import type { UiState } from '../state/ui-state.ts';
import type { KeyPress } from '../text/key-press.ts';

/** Lines that PgUp and PgDn move by. */
const PAGE = 10;

/**
 * Keys that move select a row of a list, or scroll the log.
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
    case 'requests': {
      const keys = visibleRequests(snapshot, state).map(({ key }) => key);
      return { ...state, selected: moveSelection(keys, state.selected, move) };
    }
    case 'failures': {
      const keys = snapshot.failures.shown.map(failureKey);
      return { ...state, selectedFailure: moveSelection(keys, state.selectedFailure, move) };
    }
    case 'workers': {
      const keys = workersByTrouble(snapshot.workers).map(({ id }) => id);
      return { ...state, selectedWorker: moveSelection(keys, state.selectedWorker, move) };
    }
    case 'log':
      // The log counts from its end: up is further back.
      return { ...state, logBack: moved(state.logBack, snapshot.log.length, -move) };
    case 'charts':
      return state;
  }
}

/** Lines that a key moves down by: below 0 for up, infinite for the ends, null if it moves nothing. */
function moveOf(input: string, key: KeyPress): number | null {
  if (key.upArrow || input === 'k') return -1;
  if (key.downArrow || input === 'j') return 1;
  if (key.pageUp) return -PAGE;
  if (key.pageDown) return PAGE;
  if (key.home) return Number.NEGATIVE_INFINITY;
  return key.end ? Number.POSITIVE_INFINITY : null;
}

function moveSelection(
  keys: readonly string[],
  selected: string | null,
  move: number,
): string | null {
  const at = selected === null ? -1 : keys.indexOf(selected);
  // The first move from nowhere selects the first row, whatever the direction.
  const next = at < 0 && Number.isFinite(move) ? 0 : moved(Math.max(0, at), keys.length, move);
  return keys[next] ?? null;
}

function moved(from: number, count: number, move: number): number {
  return Math.min(Math.max(0, count - 1), Math.max(0, from + move));
}
