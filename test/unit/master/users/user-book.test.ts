import { describe, expect, it } from 'vitest';
import { IterationShares } from '../../../../src/load/iteration-shares.ts';
import { ClassSequence } from '../../../../src/load/user-classes.ts';
import { UserBook } from '../../../../src/master/users/user-book.ts';
import type { UserSlot } from '../../../../src/master/users/user-slot.ts';

const CLASSES = ['A', 'B'].map((name) => ({ name, weight: 1, fixedCount: 0 }));

function slotIn(book: UserBook, user: number): UserSlot {
  const slot = book.slotOf(user);
  if (slot === undefined) throw new Error(`no user ${user}`);
  return slot;
}

/** A book with users 0 to 3, the even ones on w1, the odd ones on w2. */
function createBook(): UserBook {
  const book = new UserBook(new ClassSequence(CLASSES));
  book.headFor({ users: 4 });
  for (const user of [0, 1, 2, 3]) book.give(slotIn(book, user), user % 2 === 0 ? 'w1' : 'w2', 0);
  return book;
}

describe('UserBook', () => {
  it('gives a user to one holder at a time, and counts its starts', () => {
    const book = createBook();
    const slot = slotIn(book, 0);
    expect(() => book.give(slot, 'w2', 0)).toThrow('a user has one holder');

    book.free(slot);
    book.give(slot, 'w2', 5000);

    expect(slot).toMatchObject({ holder: 'w2', incarnation: 1, startsAtMs: 5000 });
    expect(book.heldBy('w2').map(({ user }) => user)).toEqual([0, 1, 3]);
  });

  it('counts a user that moves where it is going, and one that leaves for good nowhere', () => {
    const book = createBook();
    Object.assign(slotIn(book, 0), { stopsAtMs: 100, movesTo: 'w2' });
    Object.assign(slotIn(book, 1), { stopsAtMs: 100 });

    expect([...book.holdings()]).toEqual([
      [0, 'w2'],
      [2, 'w1'],
      [3, 'w2'],
    ]);
    expect([0, 1, 2].map((user) => book.classToStart(user))).toEqual([0, undefined, 0]);
  });

  it('is settled once all that are wanted run, and nobody else', () => {
    const book = createBook();
    expect(book.progress(-1)).toEqual({ wanted: 4, isSettled: false });
    expect(book.progress(0)).toEqual({ wanted: 4, isSettled: true });

    book.headFor({ users: 3 });
    expect(book.progress(0)).toEqual({ wanted: 3, isSettled: false });
    book.free(slotIn(book, 3));
    expect(book.progress(0)).toEqual({ wanted: 3, isSettled: true });
  });

  it('wants of a class with a level of its own that many', () => {
    const book = createBook();
    book.headFor({ users: 4, ofClass: new Map([[0, 1]]) });

    const wanted = [0, 1, 2, 3].filter((user) => book.isWanted(slotIn(book, user)));
    expect(wanted).toEqual([0, 1, 3]);
    // Users 5 and so on, of the class without a level, make up the rest.
    expect(book.wanted.end).toBe(6);
  });

  it('lets a user that is wanted no more come back as one of another class', () => {
    const book = createBook();
    book.switchTo(new ClassSequence(CLASSES.slice(0, 1)));
    book.headFor({ users: 3 });
    for (const user of [1, 3]) book.free(slotIn(book, user));

    expect([1, 3].map((user) => slotIn(book, user).classIndex)).toEqual([1, 0]);
  });

  it('retires a user that has made its iterations, and is exhausted when all have', () => {
    const book = new UserBook(new ClassSequence(CLASSES));
    book.share(new IterationShares(5, 2));
    book.headFor({ users: 2 });
    const [first, second] = [slotIn(book, 0), slotIn(book, 1)];
    book.noteIterations(first, 3);
    book.noteSpent({ user: 1, incarnation: 4, isRetired: false, iterations: 1 });

    expect([first.isRetired, second.isRetired, book.isExhausted]).toEqual([true, false, false]);
    expect(second).toMatchObject({ iterationsLeft: 1, incarnation: 4 });
    book.noteIterations(second, 1);
    expect([book.areIterationsMade, book.isExhausted]).toEqual([true, true]);
  });
});
