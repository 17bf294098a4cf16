import type { RunSnapshot, StatsWindow } from '../../../stats/snapshot/run-snapshot.ts';
import type { Caps } from '../text/caps.ts';
import { type Glyphs, glyphsOf } from '../text/glyphs.ts';
import { type Layout, layoutFor } from '../text/layout.ts';
import type { UiState } from './ui-state.ts';

/** Everything that a part of the screen is drawn from. */
export interface Screen {
  /** The snapshot on show: the newest one, or the one at which the display was frozen. */
  readonly snapshot: RunSnapshot;
  /** How long the display has been frozen, in milliseconds; null if it is not. */
  readonly frozenMs: number | null;
  readonly state: UiState;
  readonly layout: Layout;
  readonly glyphs: Glyphs;
  readonly caps: Caps;
  readonly isFinished: boolean;
}

/** Puts together what the parts of the screen are drawn from. */
export function screenOf(
  newest: RunSnapshot,
  state: UiState,
  columns: number,
  rows: number,
  caps: Caps,
): Screen {
  const snapshot = state.frozen ?? newest;
  return {
    snapshot,
    frozenMs: state.frozen === null ? null : Math.max(0, newest.at - state.frozen.at),
    state,
    layout: layoutFor(columns, rows),
    glyphs: glyphsOf(caps.glyphs),
    caps,
    isFinished: snapshot.state === 'finished',
  };
}

/** The window of the headline figures: the last 10 s, or the whole run once it is over. */
export function headlineWindow({ snapshot, isFinished }: Screen): StatsWindow {
  return isFinished ? snapshot.run : snapshot.now;
}

/** Whether the table shows the last 10 s; nothing is recent about a run that is over. */
export function isTableRecent({ state, isFinished }: Screen): boolean {
  return state.isRecent && !isFinished;
}
