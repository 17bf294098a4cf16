import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import { encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import { IntervalScanner } from '../../../../src/stats/interval/interval-scanner.ts';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { historyOf } from '../../../support/history-of.ts';
import { interval, nameStats, plainNameStats } from '../../../unit/stats/sample-intervals.ts';

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
        const { rps, failPs, users, t } = historyOf(asCame, asCame.newestSecond);
        expect(historyOf(inOrder, inOrder.newestSecond)).toMatchObject({ rps, failPs, users, t });
        expect(rps.reduce((sum, one) => sum + one, 0)).toBe(everything.requests);
        expect(asCame.users.peak).toBe(Math.max(0, ...users));
      }),
      { numRuns: 100 },
    );
  });

  it('shows the same however often somebody looks, from bytes or from objects', () => {
    fc.assert(
      fc.property(
        anyReports,
        fc.array(fc.boolean()),
        fc.nat({ max: 40 }),
        (reports, looks, resetAt) => {
          const scanner = new IntervalScanner();
          const seldom = new RunAggregate();
          const often = new RunAggregate();
          reports.forEach(({ workerId, second, users, names }, index) => {
            const given = interval(second, {
              users,
              names: names.map((n) => nameStats(n.name, n.responsesUs, 2, n.failuresUs)),
            });
            seldom.add(workerId, scanner.scan(encodeInterval(given)), 1);
            often.add(workerId, given, 1);
            if (looks[index] === true) often.requests(often.completeSecond, 1);
            if (index === resetAt) {
              expect(seldom.resetStats(0)).toBe(often.resetStats(0));
            }
          });

          const last = seldom.newestSecond;
          expect(plainNameStats(seldom.total())).toEqual(plainNameStats(often.total()));
          expect(seldom.totals().map(plainNameStats)).toEqual(often.totals().map(plainNameStats));
          expect(seldom.ledger()).toEqual(often.ledger());
          for (const worker of ['w1', 'w2', 'w3']) {
            expect(seldom.worker(worker, last)).toEqual(often.worker(worker, last));
          }
          const { rps, failPs, users, inFlight } = historyOf(often, last);
          expect(historyOf(seldom, last)).toMatchObject({ rps, failPs, users, inFlight });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('shows the same windows and percentiles from bytes as from objects, seconds ascending', () => {
    fc.assert(
      fc.property(anyReports, fc.array(fc.boolean()), (reports, looks) => {
        const scanner = new IntervalScanner();
        const seldom = new RunAggregate();
        const often = new RunAggregate();
        const ascending = [...reports].sort((a, b) => a.second - b.second);
        ascending.forEach(({ workerId, second, users, names }, index) => {
          const given = interval(second, {
            users,
            names: names.map((n) => nameStats(n.name, n.responsesUs, 0, n.failuresUs)),
          });
          seldom.add(workerId, scanner.scan(encodeInterval(given)), 1);
          often.add(workerId, given, 1);
          if (looks[index] === true) often.requests(often.completeSecond, 1);
        });

        const last = seldom.newestSecond;
        expect(seldom.requests(last, 10)).toEqual(often.requests(last, 10));
        expect(seldom.window(last)).toEqual(often.window(last));
        expect(historyOf(seldom, last)).toEqual(historyOf(often, last));
      }),
      { numRuns: 100 },
    );
  });
});
