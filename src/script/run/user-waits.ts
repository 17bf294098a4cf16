import type { Clock, TimerHandle } from '../../base/clock.ts';
import { usToMs } from '../../base/units.ts';
import { UserCut } from '../../http/exchange/http-errors.ts';
import { nextTurn } from './loop-turn.ts';

/** Settles the promise that is being made; the function that makes it takes this at once. */
let latestWake: () => void = () => undefined;

/** One function serves all promises: a closure for each would cost memory and do nothing else. */
function takeWake(resolve: () => void): void {
  latestWake = resolve;
}

/** The pauses of one user: one between iterations, and any number that its tasks make themselves. */
export class UserWaits {
  readonly #clock: Clock;
  /** Whether no further iteration begins. */
  #isOver = false;
  #isCut = false;
  #timer: TimerHandle | undefined;
  #wake: (() => void) | undefined;
  /** When the pause between two iterations ends. */
  #dueUs = 0;
  /**
   * The function that ends a pause between two iterations; made when first needed, and used for all of them.
   */
  #onTimer: (() => void) | undefined;
  /** How to end each pause of a task by a rejection; made when first needed. */
  #inTasks: Set<() => void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The pause between two iterations, until `dueUs` of the clock; `end` ends it at once. */
  untilNextIteration(dueUs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const pause = new Promise<void>(takeWake);
    this.#wake = latestWake;
    this.#dueUs = dueUs;
    this.#sleep();
    return pause;
  }

  /** A pause within a task, which a graceful stop leaves alone; rejects with `UserCut` after `cut`. */
  async insideTask(dueUs: number): Promise<void> {
    if (this.#isCut) {
      // The rejection waits a turn: a script that catches everything and tries again would keep the thread
      // for ever.
      await nextTurn();
      throw new UserCut();
    }
    await new Promise<void>((resolve, reject) => {
      this.#inTasks ??= new Set();
      const pauses = this.#inTasks;
      const timer = this.#clock.setTimer(this.#delayMs(dueUs), () => {
        pauses.delete(abandon);
        resolve();
      });
      const abandon = (): void => {
        this.#clock.clearTimer(timer);
        reject(new UserCut());
      };
      pauses.add(abandon);
    });
  }

  /** Ends the pause between two iterations, if there is one, and allows no more of these. */
  end(): void {
    this.#isOver = true;
    this.#interrupt();
  }

  /** Ends every pause, those of tasks by `UserCut`, and allows no more. */
  cut(): void {
    this.#isCut = true;
    this.end();
    const pauses = this.#inTasks;
    this.#inTasks = undefined;
    for (const abandon of pauses ?? []) abandon();
  }

  #interrupt(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #sleep(): void {
    this.#onTimer ??= () => this.#awake();
    this.#timer = this.#clock.setTimer(this.#delayMs(this.#dueUs), this.#onTimer);
  }

  #awake(): void {
    // Node's timers count from the start of the loop's turn, so that they may fire early; an
    // iteration must not, or its response time would begin before it was asked for. Half a
    // microsecond is the rounding of delays.
    if (this.#clock.nowUs() < this.#dueUs - 0.5) this.#sleep();
    else this.#interrupt();
  }

  #delayMs(dueUs: number): number {
    return usToMs(dueUs - this.#clock.nowUs());
  }
}
