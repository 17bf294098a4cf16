import { formatCount, formatDuration, formatRate } from '../../../base/format.ts';
import { inTerminal } from '../../../base/outside-text.ts';
import type { Screen } from '../state/screen.ts';
import { DIM, fitBlock, type Line, STRONG, span, titleLine } from '../text/line.ts';
import { shellLines } from '../text/shell-lines.ts';
import { displayWidth } from '../text/width.ts';
import { workerList } from './workers-view.ts';

/** How many workers are still missing, how to start one, what the run will do, and which workers are here. */
export function waitingView(screen: Screen, width: number, height: number): Line[] {
  const { snapshot, glyphs } = screen;
  const { workers, workersExpected } = snapshot;
  const text = height < 12 ? shortText(screen, width) : longText(screen, width);
  const lines = [...text, []];
  const room = height - lines.length;
  if (room >= 2) {
    const title = `WORKERS ${workers.length} of ${Math.max(workersExpected, workers.length)}`;
    lines.push([span(' '), ...titleLine(title, '', width - 1, glyphs.ruleEmpty)]);
    if (workers.length > 0) lines.push(...workerList(screen, width, room - 1));
  }
  return fitBlock(lines, width, height);
}

function longText(screen: Screen, width: number): Line[] {
  const { snapshot, caps } = screen;
  const { users, limitMs } = snapshot;
  const fullAfterMs = (1000 * users.target) / users.spawnRate;
  const full = Number.isFinite(fullAfterMs) ? ` (full after ${formatDuration(fullAfterMs)})` : '';
  const until = limitMs === null ? 'until stopped' : `until ${formatDuration(limitMs)}`;
  const enter = caps.keys ? '; Enter starts with those that are' : '';
  return [
    [],
    [span(`  ${missing(screen)}`)],
    [],
    [span('  Start a worker on this or another machine:')],
    ...commandLines(snapshot.joinCommand, '    ', width),
    [],
    [span('  Plan   ', DIM), span(`${plan(screen)}${full}, then ${until}`)],
    [span('  Start  ', DIM), span(`by itself when all are here${enter}`)],
  ];
}

function shortText(screen: Screen, width: number): Line[] {
  const { snapshot, caps } = screen;
  const { limitMs } = snapshot;
  const until = limitMs === null ? 'until stopped' : `until ${formatDuration(limitMs)}`;
  return [
    [],
    [span(`  ${missing(screen)}`)],
    ...commandLines(snapshot.joinCommand, '  ', width),
    [span('  Plan   ', DIM), span(`${plan(screen)}, ${until}`)],
    [span('  Start  ', DIM), span(`by itself when all are here${caps.keys ? ', or Enter' : ''}`)],
  ];
}

/** A command with its margin; one that is longer than a line takes several lines without a margin. */
function commandLines(command: string, margin: string, width: number): Line[] {
  const lines =
    displayWidth(margin + command) <= width
      ? [margin + command]
      : shellLines(inTerminal(command), width);
  return lines.map((line) => [span(line, STRONG)]);
}

function missing({ snapshot }: Screen): string {
  const { workers, workersExpected } = snapshot;
  const here = workers.filter(({ status }) => status !== 'lost').length;
  const more = Math.max(0, workersExpected - here);
  const rest = more === 0 ? 'starting' : `waiting for ${more} more`;
  return `${here} of ${Math.max(workersExpected, here)} workers connected, ${rest}`;
}

function plan({ snapshot }: Screen): string {
  const { target, spawnRate } = snapshot.users;
  return `${formatCount(target)} users at ${Number(spawnRate.toFixed(1)) || formatRate(spawnRate)}/s`;
}
