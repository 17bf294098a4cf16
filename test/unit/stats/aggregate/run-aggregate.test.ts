import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { historyOf } from '../../../support/history-of.ts';
import { calmHealth, interval, nameStats } from '../sample-intervals.ts';

const MS = 1000;

/** `count` times the same value. */
const times = (count: number, valueUs: number): number[] => new Array(count).fill(valueUs);

describe('RunAggregate by name', () => {
  it('adds up the names of all workers, in the order of first sight', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/b', [100 * MS]), nameStats('/a', [])] }));
    run.add('w2', interval(0, { names: [nameStats('/a', [50 * MS], 0, [10 * MS])] }));
    run.add('w1', interval(1, { names: [nameStats('/b', [300 * MS])] }));

    expect(run.totals().map(({ name, requests, failed }) => [name, requests, failed])).toEqual([
      ['/b', 2, 0],
      ['/a', 2, 1],
    ]);
    expect(run.total()).toMatchObject({ succeeded: 3, failed: 1, contentBytes: 60 });
    expect([...run.total().statuses]).toEqual([
      [200, 3],
      [503, 1],
    ]);
  });

  it('shows the last 10 s and the whole run of each name', () => {
    const run = new RunAggregate();
    for (let second = 0; second < 20; second += 1) {
      const responseUs = second < 10 ? 100 * MS : 200 * MS;
      run.add('w1', interval(second, { names: [nameStats('/', times(5, responseUs))] }));
    }

    const [request] = run.requests(19, 20);

    expect(request).toMatchObject({
      key: 'GET /',
      now: { n: 50, fails: 0, rps: 5, response: { p50: 200, min: 200 } },
      run: { n: 100, rps: 5, response: { min: 100, max: 200, avg: 150 } },
      trend: times(20, 5),
    });
    expect(run.window(19)).toEqual(request?.now);
    expect(run.runWindow(20)).toEqual(request?.run);
  });

  it('has every request of 20 s with 300 names each that nobody looked at meanwhile', () => {
    const run = new RunAggregate();
    for (let second = 0; second < 20; second += 1) {
      const names = Array.from({ length: 300 }, (_, index) => nameStats(`/${index}`, [MS]));
      run.add('w1', interval(second, { names }));
    }

    expect(run.window(19).n).toBe(3000);
    expect(run.total().requests).toBe(6000);
    expect(run.totals()).toHaveLength(300);
    expect(historyOf(run, 19).rps).toEqual(times(20, 300));
    expect(historyOf(run, 19).p50).toEqual(times(20, 1));
  });

  it('has what came 30 s apart in the percentiles of its second', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [7 * MS])] }));
    run.add('w1', interval(40, { names: [nameStats('/', [9 * MS])] }));

    const { p50 } = historyOf(run, 40);

    expect([p50[0], p50[1], p50[40]]).toEqual([7, null, 9]);
  });

  it('counts failures in the response times of a window', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [100 * MS], 0, [300 * MS])] }));

    expect(run.window(0)).toMatchObject({
      n: 2,
      fails: 1,
      rps: 2,
      failPs: 1,
      response: { min: 100, max: 300 },
    });
  });

  it('leaves seconds after the last complete one out of the window', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [100 * MS])] }));
    run.add('w1', interval(1, { names: [nameStats('/', times(7, 100 * MS))] }));

    expect(run.window(0)).toMatchObject({ n: 1, rps: 1 });
    expect(run.window(-1)).toMatchObject({ n: 0, rps: 0, response: { p50: null } });
  });

  it('gives the last 60 s of a name, newest last, with 0 where nothing was', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [1])] }));
    run.add('w1', interval(70, { names: [nameStats('/', [1, 1])] }));
    run.add('w1', interval(72, { names: [nameStats('/', [1, 1, 1])] }));

    const trend = run.requests(72, 73)[0]?.trend;

    expect(trend).toEqual([...times(57, 0), 2, 0, 3]);
  });

  it('folds names past the limit into one, whatever worker they come from', () => {
    const run = new RunAggregate(2);
    const names = ['/1', '/2', '/3', '/4'].map((name) => nameStats(name, [100]));
    const folded = new NameTotals('*', '(other names)');
    folded.add(nameStats('/9', [100, 100]));
    run.add('w1', interval(0, { names }));
    run.add('w2', interval(0, { names: [folded] }));

    expect(run.totals().map(({ name, requests }) => [name, requests])).toEqual([
      ['/1', 1],
      ['/2', 1],
      ['(other names)', 4],
    ]);
    expect(run.foldedNames).toBe(2);
  });
});

describe('RunAggregate over time', () => {
  it('has one point a second, over all workers, gaps included', () => {
    const run = new RunAggregate();
    const busy = { ...calmHealth, loopRatio: 0.9 };
    run.add('w1', interval(0, { users: 3, names: [nameStats('/', times(9, 100 * MS), 2)] }));
    run.add('w2', interval(0, { users: 4, health: busy, names: [nameStats('/', [], 1)] }));
    run.add('w1', interval(2, { users: 5, names: [nameStats('/', [], 0, [50 * MS])] }));

    expect(historyOf(run, 2)).toEqual({
      t: [1000, 2000, 3000],
      users: [7, 0, 5],
      rps: [9, 0, 1],
      failPs: [0, 0, 1],
      p50: [100, null, 50],
      p95: [100, null, 50],
      p99: [100, null, 50],
      service95: [99.99, null, 50],
      lag99: [0.01, null, 0.01],
      inFlight: [3, 0, 0],
      loopMax: [0.9, 0, 0.5],
    });
    expect(historyOf(run, 0).t).toEqual([1000]);
    expect(historyOf(run, -1).t).toEqual([]);
    expect(run.newestSecond).toBe(2);
  });

  it('takes a worker that is 20 s late into the percentiles of that second', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [100 * MS])] }));
    run.add('w1', interval(20, {}));
    expect(historyOf(run, 0).p99).toEqual([100]);

    run.add('w2', interval(0, { names: [nameStats('/', [500 * MS])] }));

    expect(historyOf(run, 0)).toMatchObject({ rps: [2], p50: [100], p99: [500], users: [20] });
  });

  it('counts a worker that is minutes late, and leaves the percentiles', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [100 * MS])] }));
    run.add('w1', interval(300, {}));

    run.add('w2', interval(0, { names: [nameStats('/', [500 * MS])] }));

    expect(historyOf(run, 0)).toMatchObject({ rps: [2], p50: [100], p99: [100], users: [20] });
    expect(run.total().requests).toBe(2);
    expect(run.ledger().sent).toBe(2);
  });

  it('has the level of a worker once, where a second came in two parts', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { users: 5 }), 1);
    run.add('w1', interval(0, { users: 4, names: [nameStats('/', [1])] }), 2);

    expect(historyOf(run, 0)).toMatchObject({ users: [4], rps: [1] });
  });

  it('skips 11 hours, and has the percentiles of the last 30 s from there', () => {
    const run = new RunAggregate();
    const named = (second: number) => interval(second, { names: [nameStats('/', [100 * MS])] });
    run.add('w1', named(0));
    run.add('w1', named(40_000));
    for (const late of [20_000, 39_971]) run.add('w2', named(late));
    const { rps, p50 } = historyOf(run, 40_000);
    expect([rps.length, rps[0], rps[20_000], rps[39_971], rps[40_000]]).toEqual([
      40_001, 1, 1, 1, 1,
    ]);
    expect([p50[0], p50[20_000]]).toEqual([100, null]);
    expect([p50[39_971], p50[40_000]]).toEqual([100, 100]);
  });

  it('counts what happened before the start in second 0', () => {
    const run = new RunAggregate();
    run.add('w1', interval(-2, { names: [nameStats('/', [100])] }));

    expect(historyOf(run, 0).rps).toEqual([1]);
    expect(run.total().requests).toBe(1);
  });

  it('shows seconds that all workers have reported, and waits 3 s for a late one', () => {
    const run = new RunAggregate();
    const before = run.completeSecond;
    run.add('w1', interval(5));
    run.add('w2', interval(5));
    run.add('w1', interval(6));
    const waiting = run.completeSecond;
    run.add('w1', interval(9));
    const late = run.completeSecond;
    run.loseWorker('w2');

    expect([before, waiting, late, run.completeSecond]).toEqual([-1, 5, 6, 9]);
  });

  it('refuses a second that is more than a day ahead, and adds nothing of it', () => {
    const run = new RunAggregate();
    const absurd = interval(86_401, { names: [nameStats('/', [100])] });

    expect(() => run.add('w1', absurd)).toThrow(ProtocolError);
    expect(run.newestSecond).toBe(-1);
    expect(run.ledger().sent).toBe(0);
  });
});

describe('RunAggregate of users and workers', () => {
  it('knows 7 at most where all had ended before the second did', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { users: 0, usersPeak: 4 }));
    run.add('w2', interval(0, { users: 0, usersPeak: 3 }));

    expect(run.users).toEqual({ now: 0, peak: 7 });
    expect(historyOf(run, 0).users).toEqual([0]);
    expect(run.worker('w1', 0)?.usersPeak).toBe(4);
  });

  it('knows the users of now and the most there were', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { users: 10 }));
    run.add('w2', interval(0, { users: 8 }));
    run.add('w1', interval(1, { users: 2 }));

    expect(run.users).toEqual({ now: 10, peak: 18 });
  });

  it('knows what a worker does', () => {
    const run = new RunAggregate();
    for (let second = 0; second < 20; second += 1) {
      const names = [nameStats('/a', times(3, 100)), nameStats('/b', [100])];
      run.add('w1', interval(second, { users: 20 - second, names }));
    }

    expect(run.worker('w1', 19)).toEqual({
      newestSecond: 19,
      users: 1,
      usersPeak: 20,
      requests: 80,
      rps: 4,
      lag99: 0.01,
      health: calmHealth,
    });
    expect(run.worker('w2', 19)).toBeUndefined();
  });

  it('does not let an interval that is sent again bring old levels back', () => {
    const run = new RunAggregate();
    run.add('w1', interval(5, { users: 3 }));
    run.add('w1', interval(4, { users: 30, names: [nameStats('/', [], 9)] }));

    expect(run.users.now).toBe(3);
    expect(run.ledger().inFlight).toBe(0);
  });
});

describe('the ledger of a RunAggregate', () => {
  it('has every term, in flight included', () => {
    const run = new RunAggregate();
    const stats = new NameTotals('GET', '/');
    Object.assign(stats, { succeeded: 5, failed: 4, notSent: 3, abandoned: 2, redirected: 1 });
    stats.inFlight = 7;
    run.add('w1', interval(0, { names: [stats] }));

    expect(run.ledger()).toEqual({
      sent: 16,
      succeeded: 5,
      failed: 4,
      notSent: 3,
      abandoned: 2,
      redirected: 1,
      unknown: 0,
      inFlight: 7,
    });
  });

  it('has what a lost worker had in flight as unknown, until it is back', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [100], 4)] }));
    run.add('w2', interval(0, { names: [nameStats('/', [100], 2)] }));

    run.loseWorker('w1');
    const lost = run.ledger();
    const usersWithout = run.users.now;
    run.regainWorker('w1');

    expect(lost).toMatchObject({ sent: 8, unknown: 4, inFlight: 2 });
    expect(usersWithout).toBe(10);
    expect(run.ledger()).toMatchObject({ sent: 8, unknown: 0, inFlight: 6 });
  });

  it('knows what a lost worker still delivers, and how its exchanges ended', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [], 4)] }));
    run.loseWorker('w1');
    run.add('w1', interval(1, { names: [nameStats('/', times(4, 100), 0)] }));

    expect(run.ledger()).toMatchObject({ sent: 4, succeeded: 4, unknown: 0, inFlight: 0 });
  });

  it('keeps what an earlier lease had in flight as unknown', () => {
    const run = new RunAggregate();
    run.add('w1', interval(0, { names: [nameStats('/', [], 4)] }), 1);
    run.add('w1', interval(9, { names: [nameStats('/', [], 3)] }), 2);
    const before = run.ledger();
    run.add('w1', interval(1, { names: [nameStats('/', times(3, 100), 1)] }), 1);

    expect(before).toMatchObject({ sent: 7, unknown: 4, inFlight: 3 });
    expect(run.ledger()).toMatchObject({ sent: 7, succeeded: 3, unknown: 1, inFlight: 3 });
  });

  it('takes a worker for lost that was given up before it reported', () => {
    const run = new RunAggregate();
    run.loseWorker('w1');
    run.add('w1', interval(0, { names: [nameStats('/', [], 4)] }));

    expect(run.ledger()).toMatchObject({ unknown: 4, inFlight: 0 });
    expect(run.users.now).toBe(0);
  });
});

describe('resetting a RunAggregate', () => {
  const error = { method: 'GET', name: '/', error: 'timeout', occurrences: 1 };

  it('begins totals and errors again, and keeps ledger, timeline and exceptions', () => {
    const run = new RunAggregate();
    const exceptions = [{ message: 'x', traceback: '', occurrences: 2 }];
    const errors = [{ ...error, firstUs: 5, lastUs: 6 }];
    run.add('w1', interval(0, { names: [nameStats('/old', [100])], errors, exceptions }));

    expect(run.resetStats(1)).toBe(1);
    run.add('w2', interval(0, { names: [nameStats('/late', [100])], errors }));
    run.add('w1', interval(1, { names: [nameStats('/new', [100])] }));

    expect(run.totals().map(({ name }) => name)).toEqual(['/new']);
    expect(run.requests(1, 1).map(({ name }) => name)).toEqual(['/new']);
    expect(run.failures()).toEqual({ kinds: 0, shown: [] });
    expect(run.exceptions()).toMatchObject({ kinds: 1, occurrences: 2 });
    expect(run.ledger().succeeded).toBe(3);
    expect(historyOf(run, 1).rps).toEqual([2, 1]);
  });

  it('counts from the second after the newest where an earlier one is asked for', () => {
    const run = new RunAggregate();
    run.add('w1', interval(5));

    expect(run.resetStats(3)).toBe(6);
    expect(run.measuredFromSecond).toBe(6);
    expect(run.resetStats(30)).toBe(30);
  });
});

describe('the failures of a RunAggregate', () => {
  it('are added up over workers and seconds, the most frequent first', () => {
    const run = new RunAggregate();
    const rare = { method: 'GET', name: '/', error: 'timeout', occurrences: 2 };
    const often = { method: 'GET', name: '/', error: 'HTTP 503', occurrences: 2 };
    run.add(
      'w1',
      interval(0, {
        errors: [
          { ...rare, firstUs: 900_000, lastUs: 950_000 },
          { ...often, firstUs: 500_000, lastUs: 600_000 },
        ],
      }),
    );
    run.add('w2', interval(0, { errors: [{ ...often, firstUs: 400_000, lastUs: 550_000 }] }));

    expect(run.failures()).toEqual({
      kinds: 2,
      shown: [
        { request: 'GET /', message: 'HTTP 503', count: 4, first: 400, last: 600 },
        { request: 'GET /', message: 'timeout', count: 2, first: 900, last: 950 },
      ],
    });
  });

  it('show 200 kinds and count them all', () => {
    const run = new RunAggregate();
    const errors = Array.from({ length: 300 }, (_, kind) => ({
      ...{ method: 'GET', name: '/', error: `error ${kind}`, occurrences: kind },
      ...{ firstUs: 0, lastUs: 0 },
    }));
    run.add('w1', interval(0, { errors }));

    expect(run.failures().kinds).toBe(300);
    expect(run.failures().shown).toHaveLength(200);
    expect(run.failures().shown[0]?.count).toBe(299);
  });

  it('share one kind a name past 10,000 kinds', () => {
    const run = new RunAggregate();
    const errors = Array.from({ length: 10_050 }, (_, kind) => ({
      ...{ method: 'GET', name: '/', error: `error ${kind}`, occurrences: 1 },
      ...{ firstUs: 0, lastUs: 0 },
    }));
    run.add('w1', interval(0, { errors }));

    expect(run.failures().kinds).toBe(10_001);
    expect(run.failures().shown[0]).toMatchObject({ message: '(other errors)', count: 50 });
  });

  it('name the workers that saw an exception', () => {
    const run = new RunAggregate();
    const exceptions = [{ message: 'TypeError: x', traceback: 'at a', occurrences: 2 }];
    run.add('w1', interval(0, { exceptions }));
    run.add('w2', interval(1, { exceptions }));

    expect(run.exceptions()).toEqual({
      kinds: 1,
      occurrences: 4,
      all: [
        {
          message: 'TypeError: x',
          traceback: 'at a',
          occurrences: 4,
          workers: new Set(['w1', 'w2']),
        },
      ],
    });
  });
});
