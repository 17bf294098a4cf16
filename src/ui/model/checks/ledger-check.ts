import { formatCount, withCommas } from '../../../base/format.ts';
import type { SnapshotLedger } from '../../../stats/snapshot/run-snapshot.ts';
import type { Screen } from '../state/screen.ts';
import { BAD, DIM, type Span, span } from '../text/line.ts';
import type { Check } from './check.ts';

/** Whether every request that was sent has an outcome or is still in flight. */
export function isBalanced(ledger: SnapshotLedger): boolean {
  return shortfall(ledger) === 0;
}

/** The equation of the ledger in figures; the terms that are 0 are left out. */
export function ledgerCheck({ snapshot }: Screen): Check {
  const { ledger } = snapshot;
  const title = 'Ledger';
  if (ledger.sent === 0 && isBalanced(ledger)) {
    return { level: 'unset', title, detail: [span('nothing sent yet', DIM)] };
  }
  const missing = shortfall(ledger);
  if (missing !== 0) {
    const by = `does not add up by ${withCommas(missing)}: `;
    return { level: 'bad', title, detail: [span(by, BAD), ...equation(ledger)] };
  }
  return { level: ledger.unknownMost !== 0 ? 'warn' : 'good', title, detail: equation(ledger) };
}

function equation(ledger: SnapshotLedger): Span[] {
  const terms: readonly (readonly [count: number, name: string, isOptional: boolean])[] = [
    [ledger.succeeded, 'ok', false],
    [ledger.failed - ledger.notSent, 'failed', false],
    [ledger.inFlight, 'in flight', false],
    [ledger.redirected, 'redirected', true],
    [ledger.abandoned, 'abandoned', true],
  ];
  const shown = terms.filter(([count, , isOptional]) => count !== 0 || !isOptional);
  const sum = shown.flatMap(([count, name], i) => [
    span(i === 0 ? ' = ' : ' + ', DIM),
    span(formatCount(Math.max(0, count))),
    span(` ${name}`, DIM),
  ]);
  const unsent =
    ledger.notSent > 0 ? [span(`  (${formatCount(ledger.notSent)} never sent)`, DIM)] : [];
  return [
    span(formatCount(ledger.sent)),
    span(' sent', DIM),
    ...sum,
    ...unknownSpans(ledger),
    ...unsent,
  ];
}

/** How many requests have an unknown end: a number; a range if a lost worker may have sent more. */
function unknownSpans({ unknown, unknownMost }: SnapshotLedger): Span[] {
  if (unknownMost === 0) return [];
  const least = formatCount(unknown);
  const most = unknownMost === null ? ' or more' : ` to ${formatCount(unknownMost)}`;
  const text = unknownMost === unknown ? least : `${least}${most}`;
  return [span(' + ', DIM), span(text), span(' unknown', DIM)];
}

/** Requests that were sent and have no outcome; below 0 there are more outcomes than requests sent. */
function shortfall(ledger: SnapshotLedger): number {
  const { sent, succeeded, failed, notSent, abandoned, redirected, unknown, inFlight } = ledger;
  return sent - (succeeded + (failed - notSent) + abandoned + redirected + unknown + inFlight);
}
