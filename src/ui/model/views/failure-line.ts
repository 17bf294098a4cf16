import { formatCount } from '../../../base/format.ts';
import type { Screen } from '../state/screen.ts';
import { BAD, DIM, type Line, span, spansWidth, spreadLine } from '../text/line.ts';
import { truncateEnd } from '../text/width.ts';
import { noFailures } from './failures-view.ts';

/** The line below the table: for an invalid run what to do about it, else the most frequent failure. */
export function failureLine(screen: Screen, width: number): Line {
  const { snapshot, glyphs } = screen;
  const advice = adviceLine(screen, width);
  if (advice !== null) return advice;
  const [worst] = snapshot.failures.shown;
  if (worst === undefined) return noFailures(screen);
  const head = [
    span(` ${glyphs.bad} `, BAD),
    span(`${formatCount(worst.count, 9)}${glyphs.times} `, { color: 'yellow' }),
  ];
  const kinds = snapshot.failures.kinds - 1;
  const more =
    kinds > 0 ? [span(`  +${formatCount(kinds, 6)} kind${kinds === 1 ? '' : 's'} `, DIM)] : [];
  const room = Math.max(0, width - spansWidth([...head, ...more]) - 1);
  const text = truncateEnd(`${worst.request}  ${worst.message}`, room, glyphs.ellipsis);
  return spreadLine([...head, span(text)], [...more, span(' ')], width);
}

/** What to do about an invalid run; null for a run that is not invalid. */
export function adviceLine({ snapshot, glyphs }: Screen, width: number): Line | null {
  const { advice, level } = snapshot.verdict;
  if (level !== 'invalid' || advice === undefined) return null;
  const room = width - glyphs.arrow.length - 2;
  return [span(` ${glyphs.arrow} `, BAD), span(truncateEnd(advice, room, glyphs.ellipsis))];
}
