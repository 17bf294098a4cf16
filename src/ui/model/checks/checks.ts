import type { SnapshotVerdict } from '../../../stats/snapshot/run-snapshot.ts';
import type { Screen } from '../state/screen.ts';
import {
  BAD,
  DIM,
  GOOD,
  type Line,
  PLAIN,
  type Span,
  type Style,
  span,
  spansWidth,
  WARN,
} from '../text/line.ts';
import { padRight, truncateEnd } from '../text/width.ts';
import { CHECK_MARGIN, type Check, type CheckLevel, TITLE_COLUMNS } from './check.ts';
import { exceptionsCheck } from './exceptions-check.ts';
import { isBalanced, ledgerCheck } from './ledger-check.ts';
import { thresholdsCheck } from './thresholds-check.ts';
import { workersCheck } from './workers-check.ts';

/**
 * The checks: whether the figures can be believed, whether they meet the thresholds, how the workers are, what
 * the load file threw, and whether the ledger adds up. Exceptions have a line only if there are any, the
 * ledger only if there is room or it does not add up. A small screen has one line for all checks.
 */
export function checkLines(screen: Screen): Line[] {
  const { layout, snapshot } = screen;
  if (layout.isSmall) return [shortChecks(screen)];
  const checks = [runCheck(screen), thresholdsCheck(screen), workersCheck(screen)];
  const exceptions = exceptionsCheck(snapshot);
  if (exceptions !== undefined) checks.push(exceptions);
  if (layout.isTall || !isBalanced(snapshot.ledger)) checks.push(ledgerCheck(screen));
  return checks.map((check) => checkLine(check, screen));
}

/** The mark of a level in the characters of this screen. */
export function markOf(level: CheckLevel, { glyphs }: Screen): Span {
  return span(glyphs[level], markStyle(level));
}

/** In fewer columns a reason cannot be understood. */
const LEAST_REASON = 12;

const VERDICT_LEVELS: Readonly<Record<SnapshotVerdict['level'], CheckLevel>> = {
  pending: 'pending',
  valid: 'good',
  suspect: 'warn',
  invalid: 'bad',
};

const VERDICT_TITLES: Readonly<Record<SnapshotVerdict['level'], string>> = {
  pending: 'Run',
  valid: 'Run valid',
  suspect: 'Run suspect',
  invalid: 'RUN INVALID',
};

function runCheck({ snapshot, layout, glyphs }: Screen): Check {
  if (snapshot.state === 'waiting') {
    return { level: 'unset', title: 'Run', detail: [span('no data yet', DIM)] };
  }
  const { level, reason } = snapshot.verdict;
  const isGood = level === 'valid' || level === 'pending';
  return {
    level: VERDICT_LEVELS[level],
    title: VERDICT_TITLES[level],
    detail: [
      span(
        truncateEnd(reason, layout.columns - CHECK_MARGIN - 1, glyphs.ellipsis),
        isGood ? DIM : PLAIN,
      ),
    ],
  };
}

function checkLine({ level, title, detail }: Check, screen: Screen): Line {
  const style = titleStyle(level);
  return [
    span(' '),
    markOf(level, screen),
    span(` ${padRight(title, TITLE_COLUMNS)}`, style),
    ...detail,
  ];
}

/**
 * All checks in one line. If the run is invalid, the line says nothing but why; if it is suspect, the reason
 * stands behind the checks, as far as there is room.
 */
function shortChecks(screen: Screen): Line {
  const { snapshot, layout, glyphs } = screen;
  const { level, reason } = snapshot.verdict;
  if (level === 'invalid' && snapshot.state !== 'waiting') {
    const text = truncateEnd(reason, layout.columns - 18, glyphs.ellipsis);
    return [
      span(' '),
      markOf('bad', screen),
      span(` ${VERDICT_TITLES.invalid}`, BAD),
      span(`  ${text}`),
    ];
  }
  const checks = [
    runCheck(screen),
    ...(snapshot.thresholds.length > 0 ? [shortThresholds(screen)] : []),
    shortWorkers(screen),
    // On a small screen only the header has room for the number of exceptions.
    ...(isBalanced(snapshot.ledger) ? [] : [shortLedger()]),
  ];
  const spans = checks.flatMap((check) => [
    markOf(check.level, screen),
    span(` ${check.title}   `, titleStyle(check.level)),
  ]);
  const line = [span(' '), ...spans];
  const room = layout.columns - spansWidth(line) - 1;
  const hasReason = level === 'suspect' && snapshot.state !== 'waiting' && room >= LEAST_REASON;
  return hasReason ? [...line, span(truncateEnd(reason, room, glyphs.ellipsis))] : line;
}

function shortThresholds(screen: Screen): Check {
  const { thresholds, state } = screen.snapshot;
  if (state === 'waiting') {
    return { level: 'pending', title: `${thresholds.length} thresholds`, detail: [] };
  }
  const check = thresholdsCheck(screen);
  return { ...check, title: check.title.replace(/^T/, 't') };
}

function shortWorkers(screen: Screen): Check {
  const check = workersCheck(screen);
  const trouble = screen.snapshot.workers.find(
    ({ status }) => status === 'lost' || status === 'late',
  );
  const suffix = trouble === undefined ? '' : `, ${trouble.id} ${trouble.status.toUpperCase()}`;
  return { ...check, title: `${check.title.trimEnd().replace(/^W/, 'w')}${suffix}` };
}

function shortLedger(): Check {
  return { level: 'bad', title: 'LEDGER OPEN', detail: [] };
}

function markStyle(level: CheckLevel): Style {
  switch (level) {
    case 'good':
      return GOOD;
    case 'warn':
    case 'unsure':
      return WARN;
    case 'bad':
      return BAD;
    case 'pending':
    case 'unset':
      return DIM;
  }
}

function titleStyle(level: CheckLevel): Style {
  if (level === 'bad') return BAD;
  return level === 'warn' ? WARN : PLAIN;
}
