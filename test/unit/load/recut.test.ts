import { describe, expect, it } from 'vitest';
import { type RecutInput, recut } from '../../../src/load/recut.ts';
import { ClassSequence } from '../../../src/load/user-classes.ts';
import { firstUsers } from '../../../src/load/wanted-users.ts';
import { assignWorkers } from '../../../src/load/worker-assignment.ts';

interface Changes extends Partial<Omit<RecutInput, 'wanted'>> {
  readonly targetUsers?: number;
}

function cut({ targetUsers = 0, ...changes }: Changes): ReturnType<typeof recut> {
  return recut({
    holdings: new Map(),
    wanted: firstUsers(targetUsers),
    workers: ['w1', 'w2'],
    classOf: () => 0,
    rebalance: false,
    ...changes,
  });
}

function held(...workers: readonly string[]): Map<number, string> {
  return new Map(workers.map((worker, user) => [user, worker]));
}

describe('recut', () => {
  it('stops the newest users first when the target falls from 4 to 2', () => {
    const { stops, starts, moves } = cut({
      holdings: held('w1', 'w2', 'w1', 'w2'),
      targetUsers: 2,
    });

    expect(stops).toEqual([
      { user: 3, worker: 'w2' },
      { user: 2, worker: 'w1' },
    ]);
    expect([starts, moves]).toEqual([[], []]);
  });

  it('starts new users on the least loaded worker', () => {
    const { starts } = cut({ holdings: held('w1', 'w1', 'w1', 'w2'), targetUsers: 7 });

    expect(starts).toEqual([
      { user: 4, worker: 'w2' },
      { user: 5, worker: 'w2' },
      { user: 6, worker: 'w1' },
    ]);
  });

  it('starts the users of a dead worker on the living, and stops nobody on the dead', () => {
    const { stops, starts } = cut({
      holdings: held('w1', 'gone', 'w2', 'gone', 'gone'),
      targetUsers: 4,
    });

    expect(stops).toEqual([]);
    expect(starts.map(({ user }) => user)).toEqual([1, 3]);
    expect(new Set(starts.map(({ worker }) => worker))).toEqual(new Set(['w1', 'w2']));
  });

  it('leaves 10 users on one worker and none on the other unless asked to rebalance', () => {
    const holdings = held(...new Array<string>(10).fill('w1'));

    expect(cut({ holdings, targetUsers: 10 }).moves).toEqual([]);
    expect(cut({ holdings, targetUsers: 10, rebalance: true }).moves).toHaveLength(5);
  });

  it('moves 90 of 1,000 users when an 11th worker joins 10', () => {
    const workers = Array.from({ length: 11 }, (_, index) => `w${index + 1}`);
    const holdings = held(...Array.from({ length: 1000 }, (_, user) => `w${(user % 10) + 1}`));

    const { starts, stops, moves } = cut({ holdings, workers, targetUsers: 1000, rebalance: true });

    expect([starts, stops]).toEqual([[], []]);
    expect(moves).toHaveLength(90);
    expect(new Set(moves.map(({ to }) => to))).toEqual(new Set(['w11']));
  });

  it('moves users of both classes when a worker joins: 5 of each to 9 workers with 10', () => {
    const workers = Array.from({ length: 10 }, (_, index) => `w${index + 1}`);
    const holdings = held(...Array.from({ length: 90 }, (_, user) => `w${(user % 9) + 1}`));
    const classOf = (user: number): number => Math.floor(user / 9) % 2;

    const { moves } = cut({ holdings, workers, targetUsers: 90, classOf, rebalance: true });
    const ofClassA = moves.filter(({ user }) => classOf(user) === 0).length;

    expect(moves).toHaveLength(9);
    expect([4, 5]).toContain(ofClassA);
  });

  it('gives the same workers as the plan where nothing runs yet', () => {
    const weights = [7, 1, 50, 1, 2];
    const sequence = new ClassSequence(
      weights.map((weight) => ({ name: `${weight}`, weight, fixedCount: 0 })),
    );
    const classOf = (user: number): number | undefined => sequence.classOf(user);
    const classes = Array.from({ length: 300 }, (_, user) => sequence.classOf(user) ?? 0);

    const { starts } = cut({ targetUsers: 300, workers: ['a', 'b', 'c'], classOf });

    expect(starts.map(({ worker }) => 'abc'.indexOf(worker))).toEqual([
      ...assignWorkers(classes, 3),
    ]);
  });

  it('keeps 11 classes within two users on 20 workers when 2 are lost and come back', () => {
    const weights = [7, 1, 50, 1, 2, 50, 1, 5, 5, 1, 50];
    const sequence = new ClassSequence(
      weights.map((weight) => ({ name: 'C', weight, fixedCount: 0 })),
    );
    const classOf = (user: number): number | undefined => sequence.classOf(user);
    const workers = Array.from({ length: 20 }, (_, index) => `w${index + 1}`);
    const all = { targetUsers: 2000, classOf, rebalance: true };
    const holdings = new Map<number, string>();

    for (const alive of [workers, workers.slice(2), workers]) {
      const { starts, moves } = cut({ ...all, holdings, workers: alive });
      for (const { user, worker } of starts) holdings.set(user, worker);
      for (const { user, to } of moves) holdings.set(user, to);
    }

    const spreads = weights.map((_, index) => {
      const counts = workers.map(
        (id) => [...holdings].filter(([user, on]) => on === id && classOf(user) === index).length,
      );
      return Math.max(...counts) - Math.min(...counts);
    });
    expect(Math.max(...spreads)).toBeLessThanOrEqual(2);
  });

  it('does not start a user that ended by itself', () => {
    const { starts } = cut({ targetUsers: 3, classOf: (user) => (user === 1 ? undefined : 0) });

    expect(starts.map(({ user }) => user)).toEqual([0, 2]);
  });

  it('does nothing while no worker is alive', () => {
    const { stops, starts, moves } = cut({ holdings: held('gone'), workers: [], targetUsers: 5 });

    expect([stops, starts, moves]).toEqual([[], [], []]);
  });

  it('keeps 2 classes even on 2 workers over 100 changes by one user', () => {
    const holdings = new Map<number, string>();
    const classOf = (user: number): number => user % 2;
    for (let targetUsers = 1; targetUsers <= 100; targetUsers += 1) {
      for (const { user, worker } of cut({ holdings, targetUsers, classOf }).starts) {
        holdings.set(user, worker);
      }
    }

    const counts = [0, 1].map(
      (index) => [...holdings].filter(([user, on]) => user % 2 === index && on === 'w1').length,
    );

    expect(counts).toEqual([25, 25]);
  });

  it.each([-1, 0.5, Number.NaN, 1_000_001])('refuses the target %d', (targetUsers) => {
    expect(() => cut({ targetUsers })).toThrow(/target/);
  });
});
