import { judgeRun, OWN_FAILURES, type RunFacts, type Verdict } from '../stats/verdict.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { RunRecord } from '../store/record/run-record.ts';

/** Judges a run by its record. */
export function verdictOf(record: RunRecord): Verdict {
  const { total, ledger, workers } = record;
  return judgeRun({
    sent: ledger.sent,
    unknown: ledger.unknown,
    workers: workers.map(({ status, ...worker }) => ({ ...worker, isLost: status === 'lost' })),
    isCrashed: !record.ended,
    isDiskFull: record.stopReason === 'disk-full',
    ownFailures: ownFailuresOf(record),
    isNamesFolded: record.namesFolded,
    lagP99Ms: millisecondsOf(total.lag.percentileUs(0.99)),
    responseP50Ms: millisecondsOf(responseOf(total).percentileUs(0.5)),
  });
}

function ownFailuresOf({ errors }: RunRecord): RunFacts['ownFailures'] {
  const counts = new Map<string, number>();
  for (const { error, occurrences } of errors) {
    if (OWN_FAILURES.has(error)) counts.set(error, (counts.get(error) ?? 0) + occurrences);
  }
  const frequent = [...counts].sort(([, a], [, b]) => b - a);
  return {
    count: frequent.reduce((sum, [, count]) => sum + count, 0),
    names: frequent.map(([name]) => name),
  };
}

/** Microseconds as milliseconds with at most three decimals; null stays null. */
export function millisecondsOf(us: number | null): number | null {
  return us === null ? null : Math.round(us) / 1000;
}
