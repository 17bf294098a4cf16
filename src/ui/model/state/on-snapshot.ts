import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';
import { type RowOrder, rankRequests } from './request-rows.ts';
import type { UiState } from './ui-state.ts';

/** How often a sorted table changes its order at most. */
const RERANK_MS = 2000;

/**
 * What a new snapshot changes about the screen. A sorted table is put in order again, at most every 2 s. A log
 * that was scrolled back stays at the lines it shows. When the run ends, questions about its load go.
 *
 * @param previous - The snapshot before, or null for the first.
 */
export function onSnapshot(
  state: UiState,
  snapshot: RunSnapshot,
  previous: RunSnapshot | null,
): UiState {
  if (snapshot.state === 'finished' && previous?.state !== 'finished') {
    return onSnapshot(withoutQuestions(state), snapshot, snapshot);
  }
  if (state.frozen !== null) return state;
  const logBack = state.logBack === 0 ? 0 : state.logBack + newLines(snapshot, previous);
  const isDue =
    state.ranking !== null &&
    (Math.abs(snapshot.at - state.ranking.at) >= RERANK_MS || snapshot.state === 'finished');
  if (!isDue) return logBack === state.logBack ? state : { ...state, logBack };
  return { ...rerank(state, snapshot), logBack };
}

/** A run that is over has no load to change and nothing to stop; a filter can still be typed. */
function withoutQuestions(state: UiState): UiState {
  const prompt = state.prompt?.kind === 'filter' ? state.prompt : null;
  return prompt === state.prompt && state.confirm === null
    ? state
    : { ...state, prompt, confirm: null };
}

/** Puts the table in the order that the state asks for, as of this snapshot. */
export function rerank(state: UiState, snapshot: RunSnapshot): UiState {
  if (state.sort === 'seen' && !state.isReversed) return { ...state, ranking: null };
  const order: RowOrder = {
    ...state,
    isRecent: state.isRecent && snapshot.state !== 'finished',
  };
  return { ...state, ranking: { keys: rankRequests(snapshot, order), at: snapshot.at } };
}

/** How many lines the log has grown by; it only ever loses lines at its beginning. */
function newLines(snapshot: RunSnapshot, previous: RunSnapshot | null): number {
  const last = previous?.log.at(-1);
  if (last === undefined) return 0;
  const index = snapshot.log.findLastIndex(({ at, text }) => at === last.at && text === last.text);
  return index < 0 ? 0 : snapshot.log.length - 1 - index;
}
