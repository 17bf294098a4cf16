import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameTotals } from '../../src/stats/name-totals.ts';
import { RunAggregate } from '../../src/stats/run-aggregate.ts';
import { interval, nameStats, plainNameStats } from '../unit/stats/sample-intervals.ts';

const anyName = fc.record({
  name: fc.constantFrom('/a', '/b', '/c'),
  responsesUs: fc.array(fc.nat({ max: 5_000_000 }), { maxLength: 8 }),
  failuresUs: fc.array(fc.nat({ max: 5_000_000 }), { maxLength: 3 }),
});

const anyReport = fc.record({
  workerId: fc.constantFrom('w1', 'w2', 'w3'),
  second: fc.nat({ max: 100 }),
  users: fc.nat({ max: 50 }),
  names: fc.uniqueArray(anyName, { maxLength: 3, selector: ({ name }) => name }),
});

/** One report for each worker and second, shuffled: workers may be late by any time. */
const anyReports = fc.uniqueArray(anyReport, {
  maxLength: 40,
  selector: ({ workerId, second }) => `${workerId} ${second}`,
});

describe('RunAggregate', () => {
  it('adds up to the same in any order of arrival, and to everything that came', () => {
    fc.assert(
      fc.property(anyReports, (reports) => {
        const asCame = new RunAggregate();
        const inOrder = new RunAggregate();
        const everything = new NameTotals('', 'Aggregated');
        const intervals = reports.map(({ workerId, second, users, names }) => ({
          workerId,
          given: interval(second, {
            users,
            names: names.map((n) => nameStats(n.name, n.responsesUs, 0, n.failuresUs)),
          }),
        }));

        for (const { workerId, given } of intervals) {
          asCame.add(workerId, given);
          for (const stats of given.names) everything.add(stats);
        }
        intervals.sort((a, b) => a.given.second - b.given.second);
        for (const { workerId, given } of intervals) inOrder.add(workerId, given);

        expect(plainNameStats(asCame.total())).toEqual(plainNameStats(everything));
        expect(plainNameStats(inOrder.total())).toEqual(plainNameStats(everything));
        expect(asCame.ledger()).toEqual(inOrder.ledger());
        expect(asCame.ledger().sent).toBe(everything.requests);
        const { rps, failPs, users, t } = asCame.history(asCame.newestSecond);
        expect(inOrder.history(inOrder.newestSecond)).toMatchObject({ rps, failPs, users, t });
        expect(rps.reduce((sum, one) => sum + one, 0)).toBe(everything.requests);
        expect(asCame.users.peak).toBe(Math.max(0, ...users));
      }),
      { numRuns: 100 },
    );
  });
});
