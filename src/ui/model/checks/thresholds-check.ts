import { NO_VALUE } from '../../../base/format.ts';
import type { SnapshotThreshold } from '../../../stats/snapshot/run-snapshot.ts';
import type { Screen } from '../state/screen.ts';
import {
  BAD,
  DIM,
  GOOD,
  PLAIN,
  type Span,
  type Style,
  span,
  spansWidth,
  WARN,
} from '../text/line.ts';
import { CHECK_MARGIN, type Check, type CheckLevel } from './check.ts';

const LEVELS: Readonly<Record<SnapshotThreshold['state'], CheckLevel>> = {
  fail: 'bad',
  inconclusive: 'unsure',
  pending: 'pending',
  pass: 'good',
};

const BETWEEN = span('  ');

/** The states in the order in which they need attention. */
const URGENCY: readonly SnapshotThreshold['state'][] = ['fail', 'inconclusive', 'pending', 'pass'];

/** How the thresholds stand: the failing ones first, and as many as fit. */
export function thresholdsCheck(screen: Screen): Check {
  const { thresholds, state } = screen.snapshot;
  if (thresholds.length === 0)
    return { level: 'unset', title: 'Thresholds', detail: [span('none', DIM)] };
  if (state === 'waiting') {
    const list = thresholds.map(({ metric, limit }) => `${metric} ${limit}`).join(', ');
    const text = `${thresholds.length} set: ${list}`;
    return { level: 'unset', title: 'Thresholds', detail: [span(text, DIM)] };
  }
  const failing = thresholds.filter((one) => one.state === 'fail').length;
  const passing = thresholds.filter((one) => one.state === 'pass').length;
  const worst = URGENCY.find((urgent) => thresholds.some((one) => one.state === urgent)) ?? 'pass';
  return {
    level: LEVELS[worst],
    title:
      failing > 0
        ? `${failing} of ${thresholds.length} FAILING`
        : `Thresholds ${passing}/${thresholds.length}`,
    detail: fittingItems(screen, thresholds),
  };
}

/** All items, each with as much detail as lets all of them fit. If they do not fit without, the rest is counted. */
function fittingItems(screen: Screen, thresholds: readonly SnapshotThreshold[]): Span[] {
  const sorted = thresholds.toSorted((a, b) => URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state));
  const room = screen.layout.columns - CHECK_MARGIN - 1;
  const details = screen.layout.isWide
    ? (['all', 'undecided', 'none'] as const)
    : (['none'] as const);
  let items: Span[][] = [];
  for (const detail of details) {
    items = sorted.map((one) => itemSpans(one, screen, detail));
    if (spansWidth(items.flat()) - BETWEEN.text.length <= room) return items.flat();
  }
  return cutItems(items, room);
}

function itemSpans(
  threshold: SnapshotThreshold,
  { glyphs }: Screen,
  detail: 'all' | 'undecided' | 'none',
): Span[] {
  const { metric, limit, now, state, why } = threshold;
  const style = STYLES[state];
  const isExplained = detail === 'all' || (detail === 'undecided' && state !== 'pass');
  const reason = why === undefined ? limit : `${limit}: ${why}`;
  return [
    span(`${glyphs[LEVELS[state]]} `, style),
    span(`${metric} `, state === 'fail' ? style : DIM),
    span(now ?? NO_VALUE, state === 'fail' ? style : PLAIN),
    ...(isExplained ? [span(` (${reason})`, DIM)] : []),
    BETWEEN,
  ];
}

function cutItems(items: readonly Span[][], room: number): Span[] {
  for (let shown = items.length - 1; shown > 0; shown--) {
    const rest = span(`+${items.length - shown}`, DIM);
    const kept = items.slice(0, shown).flat();
    if (spansWidth(kept) + rest.text.length <= room) return [...kept, rest];
  }
  return [span(`+${items.length}`, DIM)];
}

const STYLES: Readonly<Record<SnapshotThreshold['state'], Style>> = {
  fail: BAD,
  inconclusive: WARN,
  pending: DIM,
  pass: GOOD,
};
