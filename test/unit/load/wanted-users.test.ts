import { expect, it } from 'vitest';
import { firstUsers, type LoadLevel, WantedUsers } from '../../../src/load/wanted-users.ts';

/** Wanted numbers where classes 0 and 1 take turns, of at most 40 users. */
function wantedOf(level: LoadLevel): { readonly end: number; readonly numbers: number[] } {
  const classOf = (user: number): number | undefined => (user < 40 ? user % 2 : undefined);
  const wanted = new WantedUsers(level, classOf);
  const numbers = Array.from({ length: 50 }, (_, user) => user).filter((user) => wanted.has(user));
  return { end: wanted.end, numbers };
}

it('takes the lowest numbers where no class has a level of its own', () => {
  expect(wantedOf({ users: 3 })).toEqual({ end: 3, numbers: [0, 1, 2] });
  expect([firstUsers(3).has(2), firstUsers(3).has(3)]).toEqual([true, false]);
});

it.each<[string, LoadLevel, number[]]>([
  [
    'each class to its level',
    {
      users: 5,
      ofClass: new Map([
        [0, 1],
        [1, 4],
      ]),
    },
    [0, 1, 3, 5, 7],
  ],
  [
    'one class to its level, the other to the total',
    { users: 4, ofClass: new Map([[0, 1]]) },
    [0, 1, 3, 5],
  ],
  [
    'no more than the total',
    {
      users: 2,
      ofClass: new Map([
        [0, 9],
        [1, 9],
      ]),
    },
    [0, 1],
  ],
  ['none of a class at level 0', { users: 2, ofClass: new Map([[1, 0]]) }, [0, 2]],
  ['nobody at 0', { users: 0, ofClass: new Map([[0, 3]]) }, []],
])('takes %s', (_, level, numbers) => {
  expect(wantedOf(level)).toEqual({ end: (numbers.at(-1) ?? -1) + 1, numbers });
});

it('ends where the classes are used up', () => {
  expect(
    wantedOf({
      users: 100,
      ofClass: new Map([
        [0, 100],
        [1, 1],
      ]),
    }).numbers,
  ).toHaveLength(21);
});

it.each([-1, 0.5, Number.NaN, 1_000_001])('refuses a level of %d users', (users) => {
  expect(() => firstUsers(users)).toThrow(/target/);
});
