import { lagTailOf } from '../stats/verdict/lag-tail.ts';
import {
  type Judgement,
  judgementOf,
  judgeRun,
  ownFailuresOf,
  type RunEvidence,
  type Verdict,
} from '../stats/verdict/verdict.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { RunRecord } from '../store/record/run-record.ts';

/** Judges a run by its record. */
export function verdictOf(record: RunRecord): Verdict {
  return judgeRun(evidenceOf(record));
}

/** The same judgement in the parts that a person is shown. */
export function recordJudgement(record: RunRecord): Judgement {
  return judgementOf(evidenceOf(record));
}

/** What a record tells for and against its run. */
export function evidenceOf(record: RunRecord): RunEvidence {
  const { total, ledger, workers } = record;
  return {
    seconds: record.durationSeconds,
    sent: ledger.sent,
    unknown: ledger.unknown,
    workers: workers.map(({ status, ...worker }) => ({ ...worker, isLost: status === 'lost' })),
    isCrashed: !record.ended,
    isDiskFull: record.stopReason === 'disk-full',
    ownFailures: ownFailuresOf(record.errors),
    isNamesFolded: record.namesFolded,
    lagTail: lagTailOf(total.lag.count, {
      p50: millisecondsOf(total.lag.percentileUs(0.5)),
      p95: millisecondsOf(total.lag.percentileUs(0.95)),
      p99: millisecondsOf(total.lag.percentileUs(0.99)),
    }),
    responseP50Ms: millisecondsOf(responseOf(total).percentileUs(0.5)),
  };
}

/** Microseconds as milliseconds with at most three decimals; null stays null. */
export function millisecondsOf(us: number | null): number | null {
  return us === null ? null : Math.round(us) / 1000;
}
