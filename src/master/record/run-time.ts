import type { Clock } from '../../base/clock.ts';
import { msToUs, usToMs } from '../../base/units.ts';

/** The time of a run: it counts from the instant that all workers start at. */
export class RunTime {
  readonly #clock: Clock;
  #startUs: number | undefined;
  #cutAtUs: number | undefined;
  #endedAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The run's start by the master's clock, in microseconds; `undefined` before it has one. */
  get startUs(): number | undefined {
    return this.#startUs;
  }

  /** When what still runs is cut, by the master's clock; `undefined` where nothing stops. */
  get cutAtUs(): number | undefined {
    return this.#cutAtUs;
  }

  /** Milliseconds since the run's start: below 0 while it lies ahead, 0 before it has one. */
  get nowMs(): number {
    return this.#startUs === undefined ? 0 : usToMs(this.#clock.nowUs() - this.#startUs);
  }

  /** How long users have run, in milliseconds: it stands still once the last one has ended. */
  get runMs(): number {
    return this.#endedAtMs ?? this.nowMs;
  }

  /** The run starts at this instant of the clock. */
  begin(startUs: number): void {
    this.#startUs = startUs;
  }

  /** What still runs after so long is cut. */
  cutAfter(delayMs: number): void {
    this.#cutAtUs = this.#clock.nowUs() + msToUs(delayMs);
  }

  /** The last user has ended. */
  end(): void {
    this.#endedAtMs = this.nowMs;
  }
}
