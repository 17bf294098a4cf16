import { describe, expect, it } from 'vitest';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import { historyOf } from '../../../support/history-of.ts';
import { interval, nameStats } from '../sample-intervals.ts';

const MS = 1000;

describe('StagedIntervals', () => {
  it('counts nowhere before its second is counted, and once then', () => {
    const run = new RunAggregate();
    const staged = run.stage();
    staged.add('w1', interval(3, { names: [nameStats('/', [MS, MS], 1)] }), 1);
    staged.add('w2', interval(3, { names: [nameStats('/', [MS])] }), 1);

    expect([run.newestSecond, run.users.now, run.totals().length]).toEqual([-1, 0, 0]);
    expect(run.ledger()).toMatchObject({ sent: 0, succeeded: 0, inFlight: 0 });

    run.count(staged, 3);
    run.count(staged, 3);

    expect([run.newestSecond, run.users.now]).toEqual([3, 20]);
    expect(run.ledger()).toMatchObject({ sent: 4, succeeded: 3, inFlight: 1 });
    expect(run.total()).toMatchObject({ succeeded: 3, contentBytes: 60 });
  });

  it('counts the seconds of two stages that were filled by turns, each by itself', () => {
    const run = new RunAggregate();
    const [first, second] = [run.stage(), run.stage()];
    first.add('w1', interval(0, { names: [nameStats('/', [MS])] }), 1);
    second.add('w1', interval(1, { names: [nameStats('/', [2 * MS])] }), 1);
    first.add('w2', interval(0, { names: [nameStats('/', [3 * MS])] }), 1);

    run.count(first, 0);
    expect(run.total()).toMatchObject({ succeeded: 2 });
    run.count(first, 1);
    expect(run.total()).toMatchObject({ succeeded: 2 });
    run.count(second, 1);

    expect(run.total()).toMatchObject({ succeeded: 3 });
    expect(historyOf(run, 1).rps).toEqual([2, 1]);
  });

  it('keeps the answers of a second apart from what its sums are used for next', () => {
    const run = new RunAggregate();
    for (let second = 0; second < 5; second += 1) {
      const staged = run.stage();
      for (const worker of ['w1', 'w2']) {
        const names = [nameStats('/', [MS * (second + 1)])];
        staged.add(worker, interval(second, { names }), 1);
      }
      run.count(staged, second);
      expect(run.window(second).n).toBe(2 * (second + 1));
    }
    expect(historyOf(run, 4).p50).toEqual([1, 2, 3, 4, 5]);
  });

  it('has room for 3 seconds and 4,096 sums of a name in a second', () => {
    const run = new RunAggregate(10_000);
    const staged = run.stage();
    const names = Array.from({ length: 1500 }, (_, index) => nameStats(`/${index}`, [MS]));
    const hasRoomFor = (second: number, count: number): boolean =>
      staged.hasRoomFor(interval(second, { names: names.slice(0, count) }));
    staged.add('w1', interval(0, { names }), 1);
    staged.add('w1', interval(1, { names }), 1);

    expect([hasRoomFor(2, 1096), hasRoomFor(2, 1097), hasRoomFor(1, 1500)]).toEqual([
      true,
      false,
      true,
    ]);
    staged.add('w1', interval(2), 1);
    expect([hasRoomFor(2, 1), hasRoomFor(3, 1)]).toEqual([true, false]);
    run.count(staged, 0);
    expect(hasRoomFor(3, 1)).toBe(true);
  });

  it('takes a single interval, however many names it has', () => {
    const run = new RunAggregate(10_000);
    const names = Array.from({ length: 5000 }, (_, index) => nameStats(`/${index}`, [MS]));
    run.add('w1', interval(0, { names }));
    expect(run.ledger().succeeded).toBe(5000);
  });
});
