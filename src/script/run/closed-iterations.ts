import type { Clock } from '../../base/clock.ts';
import type { DueTime } from '../../http/user/due-time.ts';
import type { IterationSource } from './iteration-source.ts';
import { isTurnUsedUp, nextTurn } from './loop-turn.ts';
import type { TaskFrame } from './task-frame.ts';
import type { UserWaits } from './user-waits.ts';

/**
 * The closed model: a user begins its next iteration when the one before has ended and its wait time is
 * over. Its send lag counts from then. Only a wait time that is a schedule (`constantPacing`) moves the
 * start of the response time too, for it alone says when each iteration was due.
 */
export class ClosedIterations implements IterationSource {
  readonly #clock: Clock;
  readonly #waits: UserWaits;
  /** When the next iteration is due; -1 where no schedule says so. */
  #dueUs = -1;
  /** When the next iteration could begin: its user was free, and its wait time over. */
  #readyUs: number;

  constructor(clock: Clock, waits: UserWaits) {
    this.#clock = clock;
    this.#waits = waits;
    this.#readyUs = clock.nowUs();
  }

  untilFirst(): undefined {
    return undefined;
  }

  untilNext(frame: TaskFrame): Promise<void> | undefined {
    if (!frame.hasWaitTime) return undefined;
    const endUs = frame.waitEndUs(this.#clock);
    if (typeof endUs !== 'number') return this.#untilAwaited(endUs);
    // A schedule may be behind its user, which was free later than the iteration was due.
    if (frame.isPaced) this.#dueUs = endUs;
    else this.#readyUs = endUs;
    return this.#until(endUs);
  }

  freed(lateUs = 0): void {
    this.#readyUs = this.#clock.nowUs() - lateUs;
  }

  begin(dueTime: DueTime): void {
    dueTime.begin(this.#dueUs, this.#readyUs);
    this.#dueUs = -1;
  }

  dropDue(): void {
    this.#dueUs = -1;
  }

  end(): void {
    this.#waits.end();
  }

  #until(atUs: number): Promise<void> | undefined {
    return atUs > this.#clock.nowUs() ? this.#waits.untilNextIteration(atUs) : undefined;
  }

  async #untilAwaited(end: Promise<number>): Promise<void> {
    const endUs = await end;
    this.#readyUs = endUs;
    const pause = this.#until(endUs);
    if (pause !== undefined) await pause;
    else if (isTurnUsedUp()) await nextTurn();
  }
}
