import type { Clock, TimerHandle } from '../../src/base/clock.ts';

interface FakeTimer {
  readonly dueUs: number;
  readonly callback: () => void;
  isPending: boolean;
}

/** Timers that may fire at one instant; more of them set each other without a pause, and never end. */
const MAX_TIMERS_AT_ONCE = 100_000;

/**
 * Time that stands still until a test turns it. Timers fire in the order of their due times (those
 * of one instant in the order in which they were set), each at exactly its due time.
 */
export class FakeClock implements Clock {
  #nowUs: number;
  readonly #startUs: number;
  readonly #startEpochMs: number;
  /** Sorted, the next to fire last; cancelled ones stay until their turn comes. */
  readonly #timers: FakeTimer[] = [];
  #pending = 0;
  /** When a timer last fired, and how many have fired at that instant. */
  #firedUs = Number.NEGATIVE_INFINITY;
  #firedAtOnce = 0;

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
    if (Number.isNaN(delayMs)) throw new Error('a timer of NaN ms');
    const timer: FakeTimer = {
      dueUs: this.#nowUs + Math.max(delayMs, 0) * 1000,
      callback,
      isPending: true,
    };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    this.#pending += 1;
    return timer;
  }

  clearTimer(handle: TimerHandle | undefined): void {
    // The handles are this class's own timers.
    const timer = handle as FakeTimer | undefined;
    if (timer?.isPending !== true) return;
    timer.isPending = false;
    this.#pending -= 1;
  }

  /** Timers that were set and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#pending;
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
    timer.isPending = false;
    this.#pending -= 1;
    this.#nowUs = Math.max(this.#nowUs, timer.dueUs);
    this.#countFired();
    timer.callback();
  }

  /** A loop that sets timers without a pause would end in a process that is out of memory, and say nothing. */
  #countFired(): void {
    this.#firedAtOnce = this.#firedUs === this.#nowUs ? this.#firedAtOnce + 1 : 1;
    this.#firedUs = this.#nowUs;
    if (this.#firedAtOnce > MAX_TIMERS_AT_ONCE) {
      throw new Error(`time stands still: ${MAX_TIMERS_AT_ONCE} timers fired at ${this.#nowUs} µs`);
    }
  }

  /** Takes the next timer out that is due by `endUs`. */
  #next(endUs: number): FakeTimer | undefined {
    for (let timer = this.#timers.at(-1); timer !== undefined; timer = this.#timers.at(-1)) {
      if (timer.isPending && timer.dueUs > endUs) return undefined;
      this.#timers.pop();
      if (timer.isPending) return timer;
    }
    return undefined;
  }

  /** Where a new timer belongs: before all that fire earlier or, at the same instant, were set earlier. */
  #placeOf(timer: FakeTimer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle]?.dueUs ?? 0) > timer.dueUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One turn of the event loop: every promise that can settle by then has. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
