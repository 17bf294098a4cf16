import type { RunSnapshot } from '../../stats/snapshot/run-snapshot.ts';
import { checkLines } from './checks/checks.ts';
import { type Screen, screenOf } from './state/screen.ts';
import { tabsLine } from './state/tabs.ts';
import type { UiState } from './state/ui-state.ts';
import type { Caps } from './text/caps.ts';
import { blankLine, fitBlock, fitLine, type Line, withoutColor } from './text/line.ts';
import { chartsView } from './views/charts-view.ts';
import { adviceLine, failureLine } from './views/failure-line.ts';
import { failuresView } from './views/failures-view.ts';
import { figureLines } from './views/figures.ts';
import { screenHeader } from './views/header.ts';
import { helpView } from './views/help-view.ts';
import { keysLine } from './views/keys-line.ts';
import { logView } from './views/log-view.ts';
import { hasPanels, stackedPanels, widePanels } from './views/panels.ts';
import { requestsView } from './views/requests-view.ts';
import { tinyView } from './views/tiny-view.ts';
import { waitingView } from './views/waiting-view.ts';
import { workersView } from './views/workers-view.ts';

/**
 * The whole screen, drawn from nothing but its arguments.
 *
 * @param snapshot - The newest one; a frozen display draws the one in its state instead.
 * @param columns - Of the terminal, integer >= 1.
 * @param rows - Of the terminal, integer >= 2.
 * @returns Exactly `rows - 1` lines, each exactly `columns` wide.
 */
export function frame(
  snapshot: RunSnapshot,
  state: UiState,
  columns: number,
  rows: number,
  caps: Caps,
): Line[] {
  const screen = screenOf(snapshot, state, columns, rows, caps);
  const { height } = screen.layout;
  const lines = fitBlock(
    screen.layout.isTiny ? tinyView(screen) : fullScreen(screen),
    columns,
    height,
  );
  return caps.color === 'none' ? lines.map(withoutColor) : lines;
}

function fullScreen(screen: Screen): Line[] {
  const { columns, height } = screen.layout;
  const keys = fitLine(keysLine(screen, columns), columns);
  const top = screenHeader(screen);
  if (screen.state.isHelpOpen) {
    return [...top, ...helpView(screen, columns, height - top.length - 1), keys];
  }
  const blank = screen.layout.isTall ? [blankLine(columns)] : [];
  top.push(...blank, ...figureLines(screen), ...blank, ...checkLines(screen));
  // On a tall screen panels take the place of the line above the keys, so the advice stands below the checks.
  if (screen.layout.isTall) top.push(adviceLine(screen, columns) ?? blankLine(columns));
  return [...top, ...body(screen, columns, height - top.length - 1), keys];
}

/** Everything between the checks and the keys, including the tabs. */
function body(screen: Screen, width: number, height: number): Line[] {
  if (screen.snapshot.state === 'waiting') return waitingView(screen, width, height);
  const isRequests = screen.state.view === 'requests';
  if (isRequests && screen.layout.isHuge) return widePanels(screen, width, height);
  const tabs = fitLine(tabsLine(screen, width), width);
  if (!isRequests) return [tabs, ...otherView(screen, width, height - 1)];
  if (hasPanels(screen, height - 1)) return [tabs, ...stackedPanels(screen, width, height - 1)];
  // In a very low window, one more line of the table is worth more than the failure.
  if (height < 5) return [tabs, ...requestsView(screen, width, height - 1)];
  const failure = fitLine(failureLine(screen, width), width);
  return [tabs, ...requestsView(screen, width, height - 2), failure];
}

function otherView(screen: Screen, width: number, height: number): Line[] {
  switch (screen.state.view) {
    case 'failures':
      return failuresView(screen, width, height);
    case 'workers':
      return workersView(screen, width, height);
    case 'charts':
      return chartsView(screen, width, height);
    case 'log':
      return logView(screen, width, height);
    case 'requests':
      return requestsView(screen, width, height);
  }
}
