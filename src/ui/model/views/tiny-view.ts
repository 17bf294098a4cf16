import {
  formatCount,
  formatDuration,
  formatFailPercent,
  formatRate,
} from '../../../base/format.ts';
import { exceptionCount } from '../checks/exceptions-check.ts';
import { headlineWindow, type Screen } from '../state/screen.ts';
import { BAD, DIM, fitBlock, type Line, STRONG, span } from '../text/line.ts';

/** A window that is too small has a few bare lines, the most important first. */
export function tinyView(screen: Screen): Line[] {
  const { snapshot, layout } = screen;
  const window = headlineWindow(screen);
  const { now, target } = snapshot.users;
  const { occurrences } = snapshot.exceptions;
  const state = `${snapshot.state.toUpperCase()} ${formatDuration(snapshot.at)}`;
  const invalid = snapshot.verdict.level === 'invalid' ? span('  INVALID', BAD) : span('');
  const lines: Line[] = [
    [span(` ${state}`, STRONG), invalid],
    [span(` ${formatCount(now)}/${formatCount(target)} users`)],
    [span(` ${formatRate(window.rps)} req/s`)],
    [span(` ${formatFailPercent(window.fails, window.n)} % failed`)],
    ...(occurrences > 0 ? [[span(` ${exceptionCount(occurrences, 9)}`, BAD)]] : []),
    [span(' window too small', DIM)],
    [span(' (needs 40x10)', DIM)],
  ];
  return fitBlock(lines, layout.columns, layout.height);
}
