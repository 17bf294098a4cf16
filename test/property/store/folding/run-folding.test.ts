import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../../src/stats/histogram/histogram.ts';
import { encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import { IntervalScanner } from '../../../../src/stats/interval/interval-scanner.ts';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { RunFolding } from '../../../../src/store/folding/run-folding.ts';
import { decodeNaively } from '../../../support/naive-interval.ts';
import { nameInputs } from '../../../support/name-inputs.ts';
import { plainHistogram, plainNameStats } from '../../../unit/stats/sample-intervals.ts';
import { interval } from '../../../unit/store/run-fixtures.ts';

const reports = fc.array(
  fc.record({
    workerId: fc.constantFrom('w1', 'w2'),
    epoch: fc.integer({ min: 1, max: 2 }),
    second: fc.integer({ min: -1, max: 12 }),
    users: fc.nat(9),
    names: fc.array(nameInputs, { maxLength: 4 }),
  }),
  { maxLength: 20 },
);

/** Sums by a key of one's own, made the slow and obvious way. */
class Sums {
  readonly #totals = new Map<string, NameTotals>();

  of(key: string): NameTotals {
    const totals = this.#totals.get(key) ?? new NameTotals('', '');
    this.#totals.set(key, totals);
    return totals;
  }

  plain(): Map<string, object> {
    return new Map([...this.#totals].map(([key, totals]) => [key, plainNameStats(totals)]));
  }
}

/** Without its name and level, as `Sums` has it. */
function nameless(stats: NameTotals | Parameters<NameTotals['add']>[0]): object {
  const totals = new NameTotals('', '');
  totals.add(stats);
  return plainNameStats(totals);
}

describe('RunFolding', () => {
  it('has in each folding what adding up whole decoded intervals gives', () => {
    fc.assert(
      fc.property(reports, fc.uniqueArray(fc.nat(12), { maxLength: 2 }), (given, starts) => {
        const phaseStarts = starts.sort((a, b) => a - b);
        const scanner = new IntervalScanner();
        const folding = new RunFolding(phaseStarts);
        const bySecond = new Sums();
        const byPhase = new Sums();
        const byLease = new Sums();
        const byWorker = new Sums();
        given.forEach(({ workerId, epoch, second, users, names }, index) => {
          const bytes = encodeInterval(interval(second, { users, names }));
          folding.add({ workerId, epoch, sequence: index + 1 }, scanner.scan(bytes));
          const at = Math.max(0, second);
          const phase = phaseStarts.filter((start) => start <= at).length;
          for (const stats of decodeNaively(bytes).names) {
            const name = `${stats.method} ${stats.name}`;
            bySecond.of(`${at} ${name}`).add(stats);
            byPhase.of(`${phase} ${name}`).add(stats);
            byLease.of(`${workerId} ${epoch} ${name}`).add(stats);
            byWorker.of(`${at} ${workerId}`).add(stats);
          }
        });
        folding.sumPhases();

        const seconds = new Map<string, object>();
        for (const [second, names] of folding.secondNames) {
          for (const stats of names.values()) {
            seconds.set(`${second} ${stats.method} ${stats.name}`, nameless(stats));
          }
        }
        expect(seconds).toEqual(bySecond.plain());
        const phases = new Map<string, object>();
        for (const [phase, names] of folding.phaseNames) {
          for (const stats of names.values()) {
            phases.set(`${phase} ${stats.method} ${stats.name}`, nameless(stats));
          }
        }
        expect(phases).toEqual(byPhase.plain());
        for (const epochs of folding.leases.values()) {
          for (const { workerId, epoch, names } of epochs.values()) {
            for (const { method, name, succeeded, failed, contentBytes } of names.values()) {
              const expected = byLease.of(`${workerId} ${epoch} ${method} ${name}`);
              expect({ succeeded, failed, contentBytes }).toEqual({
                succeeded: expected.succeeded,
                failed: expected.failed,
                contentBytes: expected.contentBytes,
              });
            }
          }
        }
        for (const [second, workers] of folding.secondWorkers) {
          for (const { workerId, response, lag } of workers.values()) {
            const expected = byWorker.of(`${second} ${workerId}`);
            expect(plainHistogram(response)).toEqual(plainHistogram(expected.response()));
            expect(plainHistogram(lag)).toEqual(plainHistogram(expected.lag));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps of a lease the level in flight of its newest interval, whatever comes first', () => {
    const folding = new RunFolding();
    const scanner = new IntervalScanner();
    const report = (sequence: number, inFlight: number): void => {
      const bytes = encodeInterval(interval(sequence, { names: [{ name: '/', inFlight }] }));
      folding.add({ workerId: 'w1', epoch: 1, sequence }, scanner.scan(bytes));
    };
    report(2, 7);
    report(3, 4);
    report(1, 9);

    const [lease] = folding.leases.get('w1')?.values() ?? [];

    expect(lease?.names.values()).toMatchObject([{ sequence: 3, inFlight: 4 }]);
    expect(plainHistogram(folding.phaseName(0, 'GET', '/').lag)).toEqual(
      plainHistogram(new Histogram()),
    );
  });
});
