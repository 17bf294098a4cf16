import { judgeRun, type Verdict } from '../stats/verdict.ts';
import { responseOf } from '../store/name-figures.ts';
import type { RunRecord } from '../store/run-record.ts';

/** Judges a run by its record. */
export function verdictOf(record: RunRecord): Verdict {
  const { total, ledger, workers } = record;
  return judgeRun({
    sent: ledger.sent,
    unknown: ledger.unknown,
    workers: workers.map(({ workerId, status, lastSecond, activeSeconds, saturatedSeconds }) => ({
      workerId,
      isLost: status === 'lost',
      lastSecond,
      activeSeconds,
      saturatedSeconds,
    })),
    isCrashed: !record.ended,
    isDiskFull: record.stopReason === 'disk-full',
    isNamesFolded: record.namesFolded,
    lagP99Ms: millisecondsOf(total.lag.percentileUs(0.99)),
    responseP50Ms: millisecondsOf(responseOf(total).percentileUs(0.5)),
  });
}

/** Microseconds as milliseconds with at most three decimals; null stays null. */
export function millisecondsOf(us: number | null): number | null {
  return us === null ? null : Math.round(us) / 1000;
}
