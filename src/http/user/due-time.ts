import type { Clock } from '../../base/clock.ts';

/**
 * When the iteration of one user was due, and how late it began: its first request takes both, so that
 * response time counts from when a user should have been served, and lateness of ours is send lag.
 */
export class DueTime {
  readonly #clock: Clock;
  #dueUs = -1;
  #lateUs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Microseconds of the clock; -1 where there is none, or where a request has taken it. */
  get dueUs(): number {
    return this.#dueUs;
  }

  /**
   * An iteration begins now.
   *
   * @param dueUs - When it was due, which moves the start of the response time; -1: at no instant.
   * @param readyUs - When its user could begin it: free, and at the end of its wait time. -1: not known.
   */
  begin(dueUs: number, readyUs: number): void {
    this.#dueUs = dueUs;
    // The lateness is taken here, since what the script does before its first request is no lateness of katydid.
    this.#lateUs = Math.max(this.#clock.nowUs() - Math.max(dueUs, readyUs), 0);
  }

  /** The iteration is over, or is due at no time: no later request takes what is left of it. */
  clear(): void {
    this.#dueUs = -1;
    this.#lateUs = 0;
  }

  /** Gives the due time to the first request that asks; -1 where there is none, or where one has taken it. */
  takeDueUs(): number {
    const dueUs = this.#dueUs;
    this.#dueUs = -1;
    return dueUs;
  }

  /** Gives the microseconds by which the iteration began late to the first request that asks; then 0. */
  takeLateUs(): number {
    const lateUs = this.#lateUs;
    this.#lateUs = 0;
    return lateUs;
  }
}
