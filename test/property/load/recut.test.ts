import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Recut, type RecutInput, recut } from '../../../src/load/recut.ts';
import { firstUsers } from '../../../src/load/wanted-users.ts';

const IDS = ['w1', 'w2', 'w3', 'w4', 'w5', 'w6'];

const input: fc.Arbitrary<RecutInput> = fc
  .record({
    // 'gone' is a dead worker, undefined a user that does not run.
    held: fc.array(fc.option(fc.constantFrom(...IDS, 'gone'), { nil: undefined }), {
      maxLength: 60,
    }),
    targetUsers: fc.integer({ min: 0, max: 70 }),
    aliveCount: fc.integer({ min: 1, max: IDS.length }),
    classes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 9 }),
    rebalance: fc.boolean(),
  })
  .map(({ held, targetUsers, aliveCount, classes, rebalance }) => ({
    holdings: new Map(held.map((worker, user) => [user, worker])),
    wanted: firstUsers(targetUsers),
    workers: IDS.slice(0, aliveCount),
    classOf: (user) => classes[user % classes.length],
    rebalance,
  }));

function living({ holdings, workers }: RecutInput): Map<number, string> {
  const running = new Map<number, string>();
  for (const [user, worker] of holdings) {
    if (worker !== undefined && workers.includes(worker)) running.set(user, worker);
  }
  return running;
}

/** What runs after a re-cut; fails where a change does not fit what is there. */
function applied(before: RecutInput, { stops, starts, moves }: Recut): Map<number, string> {
  const running = living(before);
  for (const { user, worker } of stops) {
    expect(running.get(user)).toBe(worker);
    running.delete(user);
  }
  for (const { user, from, to } of moves) {
    expect(running.get(user)).toBe(from);
    expect(to).not.toBe(from);
    running.set(user, to);
  }
  for (const { user, worker } of starts) {
    expect(running.has(user)).toBe(false);
    running.set(user, worker);
  }
  return running;
}

function totals(running: ReadonlyMap<number, string>, workers: readonly string[]): number[] {
  return workers.map((id) => [...running.values()].filter((worker) => worker === id).length);
}

/** Every way to share `total` users among `count` workers within one of each other. */
function evenTotals(total: number, count: number): number[][] {
  const floor = Math.floor(total / count);
  const roomier = total % count;
  return Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (__, worker) => floor + ((bits >> worker) & 1)),
  ).filter((shares) => shares.reduce((sum, share) => sum + share, 0) === floor * count + roomier);
}

/** By trying all even totals: how many users must leave the worker that they are on. */
function fewestMoves(before: RecutInput, finalCount: number): number {
  const staying = [...living(before)].filter(([user]) => user < before.wanted.end);
  const loads = totals(new Map(staying), before.workers);
  const costs = evenTotals(finalCount, before.workers.length).map((shares) =>
    shares.reduce((sum, share, worker) => sum + Math.max(0, (loads[worker] ?? 0) - share), 0),
  );
  return Math.min(...costs);
}

describe('recut', () => {
  it('leaves exactly the users below the target running, each on one living worker', () => {
    fc.assert(
      fc.property(input, (before) => {
        const after = applied(before, recut(before));

        expect([...after.keys()].sort((a, b) => a - b)).toEqual([
          ...new Array(before.wanted.end).keys(),
        ]);
        expect([...after.values()].every((worker) => before.workers.includes(worker))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('orders stops from the newest, starts and moves from the oldest', () => {
    fc.assert(
      fc.property(input, (before) => {
        const { stops, starts, moves } = recut(before);
        const ascending = (users: readonly number[]): number[] => [...users].sort((a, b) => a - b);

        for (const users of [starts, moves].map((list) => list.map(({ user }) => user))) {
          expect(users).toEqual(ascending(users));
        }
        const stopped = stops.map(({ user }) => user);
        expect(stopped).toEqual(ascending(stopped).reverse());
      }),
      { numRuns: 150 },
    );
  });

  it('moves nobody unless asked to rebalance', () => {
    fc.assert(
      fc.property(input, (before) => {
        expect(recut({ ...before, rebalance: false }).moves).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('rebalances all totals to within one, with the fewest moves that any way needs', () => {
    fc.assert(
      fc.property(input, (given) => {
        const before = { ...given, rebalance: true };
        const changes = recut(before);
        const counts = totals(applied(before, changes), before.workers);

        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(changes.moves).toHaveLength(fewestMoves(before, before.wanted.end));
      }),
      { numRuns: 300 },
    );
  });

  it('adds every user to a least loaded worker, so no start widens the gap beyond one', () => {
    fc.assert(
      fc.property(input, (given) => {
        const before = { ...given, rebalance: false };
        const { starts, stops } = recut(before);
        const running = applied(before, { starts: [], stops, moves: [] });
        for (const { user, worker } of starts) {
          const lowest = Math.min(...totals(running, before.workers));
          expect(totals(running, [worker])).toEqual([lowest]);
          running.set(user, worker);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is empty once applied', () => {
    fc.assert(
      fc.property(input, (before) => {
        const holdings = applied(before, recut(before));

        expect(recut({ ...before, holdings })).toEqual({ stops: [], starts: [], moves: [] });
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same answer whatever the order of the holdings', () => {
    fc.assert(
      fc.property(input, (before) => {
        const reversed = new Map([...before.holdings].reverse());

        expect(recut({ ...before, holdings: reversed })).toEqual(recut(before));
      }),
      { numRuns: 150 },
    );
  });
});
