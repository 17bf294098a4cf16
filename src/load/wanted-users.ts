import { assert } from '../base/errors.ts';
import { MAX_USERS } from './user-classes.ts';

/** How many users there are to be. */
export interface LoadLevel {
  /** Users of all classes together: a whole number in [0, MAX_USERS]. */
  readonly users: number;
  /** At most so many users of a class, by its index; a class that is missing has no level of its own. */
  readonly ofClass?: ReadonlyMap<number, number> | undefined;
}

/**
 * Which user numbers make up a level: the lowest ones whose class has room left. So more users never
 * replace those that run, and fewer end the newest, in all and in each class.
 */
export class WantedUsers {
  readonly level: LoadLevel;
  /** No number from here on is wanted. */
  readonly end: number;
  readonly #chosen: ReadonlySet<number> | undefined;

  /** @param classOf - Class index of a user number; `undefined` from where on there are no users. */
  constructor(level: LoadLevel, classOf: (user: number) => number | undefined) {
    const { users, ofClass } = level;
    assert(
      Number.isInteger(users) && users >= 0 && users <= MAX_USERS,
      `the target is a number of users: ${users}`,
    );
    this.level = level;
    this.#chosen = ofClass === undefined ? undefined : choose(users, ofClass, classOf);
    this.end =
      this.#chosen === undefined ? users : Math.max(-1, ...[...this.#chosen].slice(-1)) + 1;
  }

  /** Whether a user is among them. */
  has(user: number): boolean {
    return this.#chosen === undefined ? user < this.end : this.#chosen.has(user);
  }
}

/** A level of all classes together: the users below this number. */
export function firstUsers(users: number): WantedUsers {
  return new WantedUsers({ users }, () => undefined);
}

function choose(
  users: number,
  ofClass: ReadonlyMap<number, number>,
  classOf: (user: number) => number | undefined,
): Set<number> {
  const room = new Map(ofClass);
  const chosen = new Set<number>();
  for (let user = 0; user < MAX_USERS && chosen.size < users; user += 1) {
    const classIndex = classOf(user);
    if (classIndex === undefined) break;
    const left = room.get(classIndex) ?? Number.POSITIVE_INFINITY;
    if (left < 1) continue;
    room.set(classIndex, left - 1);
    chosen.add(user);
  }
  return chosen;
}
