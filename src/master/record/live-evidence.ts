import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import type { StatsWindow } from '../../stats/snapshot/run-snapshot.ts';
import { lagTailOf } from '../../stats/verdict/lag-tail.ts';
import type { RunEvidence } from '../../stats/verdict/verdict.ts';
import type { StopReason } from '../../store/record/run-record.ts';
import type { Member } from '../fleet/member.ts';

/** What the aggregate does not know of a run that is judged while it goes on. */
export interface LiveRun {
  /** How long it has lasted. */
  readonly seconds: number;
  readonly members: readonly Pick<Member, 'workerId' | 'state'>[];
  /** Why it stops or has stopped; `undefined` while nothing stops it. */
  readonly stopReason: StopReason | undefined;
  /** The figures of all its requests since the last reset. */
  readonly run: StatsWindow;
}

/** What is known for and against a run that goes on; at its end the run file tells the same. */
export function liveEvidence(aggregate: RunAggregate, live: LiveRun): RunEvidence {
  const { seconds, members, stopReason, run } = live;
  const { sent, unknown } = aggregate.ledger();
  return {
    seconds,
    sent,
    unknown,
    workers: members.map(({ workerId, state }) => ({
      workerId,
      isLost: state === 'lost',
      ...aggregate.evidenceOf(workerId),
    })),
    isCrashed: false,
    isDiskFull: stopReason === 'disk-full',
    ownFailures: aggregate.ownFailures(),
    isNamesFolded: aggregate.isNamesFolded,
    lagTail: lagTailOf(run.n, {
      p50: toMicroseconds(run.lag.p50),
      p95: toMicroseconds(run.lag.p95),
      p99: toMicroseconds(run.lag.p99),
    }),
    responseP50Ms: toMicroseconds(run.response.p50),
  };
}

/** Milliseconds with three decimals, as the run file's figures have. */
function toMicroseconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
