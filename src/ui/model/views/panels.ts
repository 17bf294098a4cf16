import { formatCount } from '../../../base/format.ts';
import type { Screen } from '../state/screen.ts';
import { tabsLine } from '../state/tabs.ts';
import {
  beside,
  blankLine,
  fitBlock,
  type Line,
  span,
  spansWidth,
  titleLine,
} from '../text/line.ts';
import { halves, indent, PANEL_GAP, rateChart, times } from './charts-view.ts';
import { failureList } from './failures-view.ts';
import { logView } from './log-view.ts';
import { requestsView } from './requests-view.ts';
import { workerList } from './workers-view.ts';

const CHART_HEIGHT = 8;
const LIST_HEIGHT = 5;
/** The fewest lines of the table above the panels. */
const TABLE_HEIGHT = 10;
const SIDE_COLUMNS = 76;

/** Whether a body of this height has room for charts and lists below the table. */
export function hasPanels({ layout }: Screen, height: number): boolean {
  return layout.isTall && layout.isWide && height >= TABLE_HEIGHT + CHART_HEIGHT + LIST_HEIGHT + 2;
}

/** The table, below it two charts, below those the failures and the workers. */
export function stackedPanels(screen: Screen, width: number, height: number): Line[] {
  const { leftWidth, rightWidth } = halves(width);
  const listHeight = LIST_HEIGHT + Math.floor((height - 25) / 4);
  const tableHeight = height - CHART_HEIGHT - listHeight - 2;
  const charts = beside(
    rateChart(screen, leftWidth, CHART_HEIGHT),
    leftWidth,
    times(screen, rightWidth, CHART_HEIGHT),
    PANEL_GAP,
  );
  const lists = beside(
    failuresPanel(screen, leftWidth, listHeight),
    leftWidth,
    workersPanel(screen, rightWidth, listHeight),
    PANEL_GAP,
  );
  return [
    ...requestsView(screen, width, tableHeight),
    blankLine(width),
    ...fitBlock(indent(charts), width, CHART_HEIGHT),
    blankLine(width),
    ...fitBlock(indent(lists), width, listHeight),
  ];
}

/**
 * The body of the widest screen: tabs, table, failures and log at the left, charts and workers at the right.
 * The tabs are part of it, since the right side begins beside them.
 */
export function widePanels(screen: Screen, width: number, height: number): Line[] {
  const leftWidth = width - SIDE_COLUMNS - PANEL_GAP;
  const left = leftSide(screen, leftWidth, height);
  const right = rightSide(screen, SIDE_COLUMNS - 1, height);
  return beside(left, leftWidth, right, PANEL_GAP);
}

function leftSide(screen: Screen, width: number, height: number): Line[] {
  const logHeight = Math.floor(height * 0.22);
  const failuresHeight = Math.floor(height * 0.2);
  const tableHeight = height - 3 - logHeight - failuresHeight;
  return [
    tabsLine(screen, width),
    ...requestsView(screen, width, tableHeight),
    blankLine(width),
    ...fitBlock(indent(failuresPanel(screen, width - 1, failuresHeight)), width, failuresHeight),
    blankLine(width),
    ...fitBlock(indent(logPanel(screen, width - 1, logHeight)), width, logHeight),
  ];
}

function rightSide(screen: Screen, width: number, height: number): Line[] {
  const chartHeight = Math.floor(height * 0.34);
  const workersHeight = height - 2 * chartHeight - 2;
  return [
    ...rateChart(screen, width, chartHeight),
    blankLine(width),
    ...times(screen, width, chartHeight),
    blankLine(width),
    ...workersPanel(screen, width, workersHeight),
  ];
}

function failuresPanel(screen: Screen, width: number, height: number): Line[] {
  const { kinds, shown } = screen.snapshot.failures;
  const count = formatCount(shown.reduce((sum, failure) => sum + failure.count, 0));
  // Nobody knows the counts of the kinds that are not shown, so the sum is a lower bound then.
  const atLeast = kinds > shown.length ? 'over ' : '';
  const title =
    kinds === 0
      ? 'FAILURES'
      : `FAILURES ${atLeast}${count} in ${formatCount(kinds)} ${kinds === 1 ? 'kind' : 'kinds'}`;
  return panel(title, screen, width, outdent(failureList(screen, width + 1, height - 1)));
}

function workersPanel(screen: Screen, width: number, height: number): Line[] {
  const { workers } = screen.snapshot;
  const alive = workers.filter(({ status }) => status !== 'lost').length;
  const title = `WORKERS ${formatCount(alive)} of ${formatCount(workers.length)}`;
  const list = fitBlock(workerList(screen, width + 1, height - 1), width + 1, height - 1);
  return panel(title, screen, width, outdent(list));
}

function logPanel(screen: Screen, width: number, height: number): Line[] {
  return panel('LOG', screen, width, outdent(logView(screen, width + 1, height - 1)));
}

function panel(title: string, { glyphs }: Screen, width: number, body: readonly Line[]): Line[] {
  return [titleLine(title, '', width, glyphs.ruleEmpty), ...body];
}

/** Takes the margin off the lines of a view: a panel has a margin of its own. */
function outdent(lines: readonly Line[]): Line[] {
  return lines.map(([first, ...rest]) => {
    if (first === undefined || spansWidth([first]) === 0) return rest;
    return [span(first.text.replace(/^ /, ''), first.style), ...rest];
  });
}
