import type { Clock } from '../../base/clock.ts';
import { usToMs } from '../../base/units.ts';

/** The time of a run: it counts from the instant that all workers start at. */
export class RunTime {
  readonly #clock: Clock;
  #startUs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The run's start by the master's clock, in microseconds; `undefined` before it has one. */
  get startUs(): number | undefined {
    return this.#startUs;
  }

  /** Milliseconds since the run's start: below 0 while it lies ahead, 0 before it has one. */
  get nowMs(): number {
    return this.#startUs === undefined ? 0 : usToMs(this.#clock.nowUs() - this.#startUs);
  }

  /** The run starts at this instant of the clock. */
  begin(startUs: number): void {
    this.#startUs = startUs;
  }
}
