import { formatCount, formatDuration } from '../../../base/format.ts';
import type { LogLevel, SnapshotLogLine } from '../../../stats/snapshot/run-snapshot.ts';
import type { Screen } from '../state/screen.ts';
import { BAD, DIM, fitBlock, type Line, PLAIN, type Style, span, WARN } from '../text/line.ts';
import { padLeft, padRight, truncateEnd } from '../text/width.ts';

const STYLES: Readonly<Record<LogLevel, Style>> = {
  debug: DIM,
  info: PLAIN,
  warn: WARN,
  error: BAD,
};

/** The log, newest line last. It shows its end unless it was scrolled back. */
export function logView(screen: Screen, width: number, height: number): Line[] {
  const { log } = screen.snapshot;
  if (log.length === 0) return fitBlock([[span(' Nothing logged yet.', DIM)]], width, height);
  const back = Math.min(screen.state.logBack, Math.max(0, log.length - height));
  const rows = back > 0 ? height - 1 : height;
  const end = log.length - back;
  const lines = log.slice(Math.max(0, end - rows), end).map((line) => logLine(line, screen, width));
  if (back > 0) {
    lines.push([
      span(` ${screen.glyphs.down} ${formatCount(back)} newer lines (End follows)`, DIM),
    ]);
  }
  return fitBlock(lines, width, height);
}

function logLine({ at, level, text }: SnapshotLogLine, { glyphs }: Screen, width: number): Line {
  const time = padLeft(`+${formatDuration(at)}`, 7);
  const head = `${time} ${padRight(level, 6)}`;
  return [
    span(`${time} `, DIM),
    span(padRight(level, 6), STYLES[level]),
    span(truncateEnd(text, width - head.length, glyphs.ellipsis)),
  ];
}
