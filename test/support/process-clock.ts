import type { Clock, TimerHandle } from '../../src/base/clock.ts';

/** How the clocks of a machine differ from the simulation's. */
export interface ClockError {
  /** Of the monotonic clock, which counts from anywhere, in microseconds. */
  readonly offsetUs?: number;
  /** How fast it goes; a real one is within 0.0002 of 1. */
  readonly rate?: number;
}

/**
 * The clocks of one process. When that is killed, none of its timers fires any more; while it stands still,
 * as by SIGSTOP, time goes on and nothing happens.
 */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #offsetUs: number;
  readonly #rate: number;
  readonly #timers = new Map<TimerHandle, { inner: TimerHandle }>();
  #frozenUntilUs = 0;
  #isDead = false;
  /** What the wall clock is wrong by, in milliseconds; may jump. */
  wallOffsetMs = 0;

  constructor(clock: Clock, { offsetUs = 0, rate = 1 }: ClockError = {}) {
    this.#clock = clock;
    this.#offsetUs = offsetUs;
    this.#rate = rate;
  }

  nowUs(): number {
    return this.#clock.nowUs() * this.#rate + this.#offsetUs;
  }

  epochMs(): number {
    return this.#clock.epochMs() + this.wallOffsetMs;
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const handle = {};
    if (!this.#isDead) this.#arm(handle, delayMs / this.#rate, callback);
    return handle;
  }

  clearTimer(handle: TimerHandle | undefined): void {
    if (handle === undefined) return;
    const timer = this.#timers.get(handle);
    if (timer === undefined) return;
    this.#timers.delete(handle);
    this.#clock.clearTimer(timer.inner);
  }

  /** Stands still. */
  freeze(ms: number): void {
    this.#frozenUntilUs = Math.max(this.#frozenUntilUs, this.#clock.nowUs() + ms * 1000);
  }

  /** Whether it stands still or is gone. */
  get isStill(): boolean {
    return this.#isDead || this.#clock.nowUs() < this.#frozenUntilUs;
  }

  kill(): void {
    this.#isDead = true;
    for (const { inner } of this.#timers.values()) this.#clock.clearTimer(inner);
    this.#timers.clear();
  }

  #arm(handle: TimerHandle, delayMs: number, callback: () => void): void {
    const inner = this.#clock.setTimer(delayMs, () => {
      const stillMs = (this.#frozenUntilUs - this.#clock.nowUs()) / 1000;
      if (stillMs > 0) {
        this.#arm(handle, stillMs, callback);
        return;
      }
      this.#timers.delete(handle);
      callback();
    });
    this.#timers.set(handle, { inner });
  }
}
