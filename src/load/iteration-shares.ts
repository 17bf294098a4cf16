import { assert } from '../base/errors.ts';

/**
 * How many iterations each user makes where a run has a fixed number of them: all users the same, or the
 * first ones one more than the others. The share depends on the user's number alone, so the sum is exact on
 * any number of workers.
 */
export class IterationShares {
  /** Iterations of all users together. */
  readonly total: number;
  readonly #users: number;

  /**
   * @param total - Whole number >= 1.
   * @param users - Users that there will be; whole number >= 1. Later ones have no share.
   */
  constructor(total: number, users: number) {
    assert(Number.isSafeInteger(total) && total >= 1, `no run has ${total} iterations`);
    assert(Number.isInteger(users) && users >= 1, `no run has ${users} users`);
    this.total = total;
    this.#users = users;
  }

  /** The iterations of user `user`; 0 for one that has nothing to do. */
  of(user: number): number {
    if (user >= this.#users) return 0;
    const share = Math.floor(this.total / this.#users);
    return user < this.total % this.#users ? share + 1 : share;
  }
}
