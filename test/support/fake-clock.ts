import type { Clock, TimerHandle } from '../../src/base/clock.ts';

interface FakeTimer {
  readonly dueUs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Time that stands still until a test turns it. Timers fire in the order of their due times (those
 * of one instant in the order in which they were set), each at exactly its due time.
 */
export class FakeClock implements Clock {
  #nowUs: number;
  readonly #startUs: number;
  readonly #startEpochMs: number;
  #order = 0;
  readonly #timers = new Set<FakeTimer>();

  /**
   * @param startUs - What `nowUs` begins with; not 0, so that a forgotten offset shows.
   * @param startEpochMs - What `epochMs` begins with.
   */
  constructor(startUs = 5_000_000, startEpochMs = 1_700_000_000_000) {
    this.#nowUs = startUs;
    this.#startUs = startUs;
    this.#startEpochMs = startEpochMs;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  epochMs(): number {
    return this.#startEpochMs + Math.floor((this.#nowUs - this.#startUs) / 1000);
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const timer: FakeTimer = {
      dueUs: this.#nowUs + Math.max(delayMs, 0) * 1000,
      order: this.#order++,
      callback,
    };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(handle: TimerHandle | undefined): void {
    // The handles are this class's own timers; any other object is simply not in the set.
    if (handle !== undefined) this.#timers.delete(handle as FakeTimer);
  }

  /** Timers that were set and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /**
   * Turns time on by `ms`. Fires what becomes due on the way, and before, between and after lets
   * everything run that waits for nothing but promises and one turn of the event loop.
   */
  async advance(ms: number): Promise<void> {
    const endUs = this.#nowUs + ms * 1000;
    await settle();
    for (let timer = this.#next(endUs); timer !== undefined; timer = this.#next(endUs)) {
      this.#fire(timer);
      await settle();
    }
    this.#nowUs = Math.max(this.#nowUs, endUs);
  }

  /** As `advance`, without letting promises run: for code that is synchronous from timer to timer. */
  advanceSync(ms: number): void {
    const endUs = this.#nowUs + ms * 1000;
    for (let timer = this.#next(endUs); timer !== undefined; timer = this.#next(endUs)) {
      this.#fire(timer);
    }
    this.#nowUs = Math.max(this.#nowUs, endUs);
  }

  /** Lets a stretch of time pass in which nothing could run, as a blocked event loop does. */
  block(ms: number): void {
    this.#nowUs += ms * 1000;
  }

  #fire(timer: FakeTimer): void {
    this.#timers.delete(timer);
    this.#nowUs = Math.max(this.#nowUs, timer.dueUs);
    timer.callback();
  }

  #next(endUs: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueUs > endUs) continue;
      if (
        next === undefined ||
        timer.dueUs < next.dueUs ||
        (timer.dueUs === next.dueUs && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }
}

/** One turn of the event loop: every promise that can settle by then has. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
