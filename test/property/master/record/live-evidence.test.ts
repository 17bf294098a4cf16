import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { liveEvidence } from '../../../../src/master/record/live-evidence.ts';
import { evidenceOf } from '../../../../src/report/run-verdict.ts';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import { type Interval, NO_STALLS } from '../../../../src/stats/interval/interval.ts';
import { encodeTally } from '../../../../src/stats/interval/tally.ts';
import { judgementOf, judgeRun, unknownMostOf } from '../../../../src/stats/verdict/verdict.ts';
import { openRunFile } from '../../../../src/store/read/run-reader.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import {
  interval,
  raw,
  runEnd,
  runInfo,
  temporaryFolder,
  worker,
} from '../../../unit/store/run-fixtures.ts';

const someSecond = fc.record({
  users: fc.integer({ min: 0, max: 2 }),
  loopRatio: fc.constantFrom(0.5, 0.95, 1),
  stallMs: fc.constantFrom(0, 0, 60, 400),
  succeededUs: fc.array(fc.integer({ min: 100, max: 90_000 }), { maxLength: 6 }),
  failedUs: fc.array(fc.integer({ min: 100, max: 90_000 }), { maxLength: 2 }),
  inFlight: fc.integer({ min: 0, max: 3 }),
  error: fc.constantFrom('HTTP 503', 'EMFILE', 'ENOBUFS'),
  name: fc.constantFrom('/', '/', '/cart', '(other names)'),
});

const someWorker = fc.record({
  seconds: fc.array(someSecond, { minLength: 2, maxLength: 14 }),
  /** `back`: given up, and delivering under a new lease from the next second on. */
  fate: fc.constantFrom('stays', 'lost', 'back'),
  atMostMore: fc.option(fc.integer({ min: 0, max: 600 })),
  /** What its last word was beyond its intervals. */
  sentSince: fc.option(fc.integer({ min: 0, max: 40 })),
});

const someRun = fc.record({
  workers: fc.array(someWorker, { minLength: 1, maxLength: 3 }),
  resetAt: fc.option(fc.integer({ min: 1, max: 12 })),
  stopReason: fc.constantFrom('run-time', 'signal', 'lost-workers', 'disk-full'),
});

type SomeSecond = typeof someSecond extends fc.Arbitrary<infer Value> ? Value : never;
type SomeWorker = typeof someWorker extends fc.Arbitrary<infer Value> ? Value : never;

function intervalOf(second: number, from: SomeSecond, isLast: boolean): Interval {
  const { users, loopRatio, stallMs, inFlight, ...name } = from;
  const stallUs = stallMs * 1000;
  const stalls =
    stallMs === 0 ? NO_STALLS : { totalUs: stallUs, longestUs: stallUs, requests: inFlight };
  const names = [{ ...name, inFlight: isLast ? 0 : inFlight }];
  return interval(second, { users, loopRatio, stalls, names });
}

/** One run, told to an aggregate and written to a file, second by second. */
class ToldRun {
  readonly aggregate = new RunAggregate();
  readonly path = join(temporaryFolder(), 'run.katydid');
  readonly database = new RunDatabase(this.path, runInfo());

  interval(workerId: string, epoch: number, sequence: number, content: Interval): void {
    this.aggregate.add(workerId, content, epoch);
    this.database.commit({ intervals: [raw(workerId, sequence, content, epoch)] });
  }

  reset(fromSecond: number): void {
    this.aggregate.resetStats(fromSecond);
    this.database.commit({ intervals: [], phases: [{ fromSecond }] });
  }

  lose(workerId: string, { seconds, fate, atMostMore, sentSince }: SomeWorker): void {
    const second = seconds.length;
    const lease = { workerId, epoch: 1 };
    if (sentSince !== null) {
      const names = new Map([['/told', sentSince]]);
      for (const { name, succeededUs, failedUs } of seconds) {
        names.set(name, (names.get(name) ?? 0) + succeededUs.length + failedUs.length);
      }
      const sent = encodeTally({
        second,
        newNames: [...names.keys()].map((name) => ({ method: 'GET', name })),
        counts: [...names.values()].map((count, index) => ({ index, sent: count })),
      });
      const total = [...names.values()].reduce((sum, count) => sum + count, 0);
      this.database.commit({ intervals: [], tallies: [{ ...lease, second, total, sent }] });
      this.aggregate.tally({ ...lease, second, total });
    }
    if (fate === 'lost') this.aggregate.loseWorker(workerId);
    if (atMostMore === null) return;
    this.aggregate.endLease({ ...lease, atMostMore });
    this.database.commit({ intervals: [], leaseEnds: [{ ...lease, atMostMore }] });
  }
}

const TOLD_AFTER = { lost: true, back: true, stays: false };

function tell(run: ToldRun, workers: readonly SomeWorker[], resetAt: number | null): number {
  const lasted = Math.max(...workers.map(({ seconds }) => seconds.length)) + 2;
  for (let second = 0; second < lasted; second += 1) {
    if (second === resetAt) run.reset(second);
    for (const [index, one] of workers.entries()) {
      const workerId = `w${index + 1}`;
      const { seconds, fate } = one;
      const from = seconds[second];
      const isLast = second === seconds.length - 1 && fate === 'stays';
      if (from !== undefined) {
        run.interval(workerId, 1, second, intervalOf(second, from, isLast));
      } else if (second === seconds.length && TOLD_AFTER[fate]) {
        run.lose(workerId, one);
      }
      const [first] = seconds;
      // The new lease begins in the second in which the one before ended.
      if (fate === 'back' && second === seconds.length && first !== undefined) {
        run.interval(workerId, 2, 0, intervalOf(second - 1, first, true));
      }
    }
  }
  return lasted;
}

it('judges a run at its end as its file does, whatever befell it', () => {
  fc.assert(
    fc.property(someRun, ({ workers, resetAt, stopReason }) => {
      const run = new ToldRun();
      const seconds = tell(run, workers, resetAt);
      const members = workers.map(({ fate }, index) => ({
        workerId: `w${index + 1}`,
        state: fate === 'lost' ? ('lost' as const) : ('drained' as const),
      }));
      const stored = members.map(({ workerId, state }) =>
        worker(workerId, state === 'lost' ? 'lost' : 'finished'),
      );
      run.database.commit({ intervals: [], workers: stored });
      run.database.finish(runEnd({ durationSeconds: seconds, stopReason }));
      run.database.close();

      const window = run.aggregate.runWindow(seconds);
      const live = liveEvidence(run.aggregate, { seconds, members, stopReason, run: window });
      using file = openRunFile(run.path);
      const final = evidenceOf(file.record);

      expect(judgeRun(live)).toEqual(judgeRun(final));
      expect(judgementOf(live)).toEqual(judgementOf(final));
      expect(unknownMostOf(live)).toBe(unknownMostOf(final));
    }),
    { numRuns: 40 },
  );
}, 60_000);
