import type { Clock } from '../../base/clock.ts';
import type { DueTime } from '../../http/user/due-time.ts';
import type { IterationSource } from './iteration-source.ts';
import { isTurnUsedUp, nextTurn } from './loop-turn.ts';
import type { TaskFrame } from './task-frame.ts';
import type { UserWaits } from './user-waits.ts';

/**
 * The closed model: a user begins its next iteration when the one before has ended and its wait time is
 * over. A wait time that is a schedule (`constantPacing`) also says when each iteration was due.
 */
export class ClosedIterations implements IterationSource {
  readonly #clock: Clock;
  readonly #waits: UserWaits;
  /** When the next iteration is due; `undefined` where no schedule says so. */
  #dueUs: number | undefined;
  /** When the iteration before it ended. */
  #freeUs = 0;

  constructor(clock: Clock, waits: UserWaits) {
    this.#clock = clock;
    this.#waits = waits;
  }

  untilFirst(): undefined {
    return undefined;
  }

  untilNext(frame: TaskFrame): Promise<void> | undefined {
    if (!frame.hasWaitTime) return undefined;
    const endUs = frame.waitEndUs(this.#clock);
    if (typeof endUs !== 'number') return this.#untilAwaited(endUs);
    if (frame.isPaced) {
      this.#dueUs = endUs;
      this.#freeUs = this.#clock.nowUs();
    }
    return this.#until(endUs);
  }

  begin(dueTime: DueTime): void {
    if (this.#dueUs === undefined) return;
    dueTime.begin(this.#dueUs, this.#freeUs);
    this.#dueUs = undefined;
  }

  dropDue(): void {
    this.#dueUs = undefined;
  }

  end(): void {
    this.#waits.end();
  }

  #until(atUs: number): Promise<void> | undefined {
    return atUs > this.#clock.nowUs() ? this.#waits.untilNextIteration(atUs) : undefined;
  }

  async #untilAwaited(end: Promise<number>): Promise<void> {
    const pause = this.#until(await end);
    if (pause !== undefined) await pause;
    else if (isTurnUsedUp()) await nextTurn();
  }
}
