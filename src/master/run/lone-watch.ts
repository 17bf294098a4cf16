import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { Fleet } from '../fleet/fleet.ts';

/** What a watch works with. */
export interface LoneWatchOptions {
  readonly clock: Clock;
  readonly fleet: Fleet;
  /** How long a run without any worker waits for one, in milliseconds from 0. */
  readonly waitMs: number;
  /** Whether users should run now. */
  readonly isRunning: () => boolean;
  /** Nobody is there, and nobody came in time. */
  readonly onAlone: () => void;
}

/** Ends a run that has lost all its workers: without any there is no load, and nothing to wait for. */
export class LoneWatch {
  readonly #options: LoneWatchOptions;
  #timer: TimerHandle | undefined;

  constructor(options: LoneWatchOptions) {
    this.#options = options;
  }

  /** Looks who is there; to be called when a worker goes, comes, or may have had its time. */
  check(): void {
    const { clock, fleet, waitMs, onAlone } = this.#options;
    if (!this.#isAlone()) this.close();
    // Those of a run that was resumed have longer.
    else if (fleet.restoredForMs === 0) this.#wait(clock, waitMs, onAlone);
  }

  /** Waits for nobody any more. */
  close(): void {
    this.#options.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #wait(clock: Clock, waitMs: number, onAlone: () => void): void {
    if (waitMs <= 0) {
      onAlone();
      return;
    }
    this.#timer ??= clock.setTimer(waitMs, () => {
      this.#timer = undefined;
      if (this.#isAlone()) onAlone();
    });
  }

  #isAlone(): boolean {
    const { fleet, isRunning } = this.#options;
    return isRunning() && !fleet.members().some((member) => member.isAlive);
  }
}
