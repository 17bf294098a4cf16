import type { TimerHandle } from '../../base/clock.ts';
import type { RunParts } from './run-parts.ts';

/** Notices that a run has lost all its workers: without any there is no load, and nothing to wait for. */
export class LoneWatch {
  readonly #parts: RunParts;
  #timer: TimerHandle | undefined;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** Looks whether any worker is there; to be called when one goes or comes, or may have had its time. */
  check(): void {
    if (!this.#isAlone()) this.close();
    // The workers of a run that was resumed have longer.
    else if (this.#parts.fleet.restoredForMs === 0) this.#wait();
  }

  /** Stops waiting for a worker. */
  close(): void {
    this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    const { clock, course, options } = this.#parts;
    if (options.workerWaitMs <= 0) {
      course.happen({ type: 'alone' });
      return;
    }
    this.#timer ??= clock.setTimer(options.workerWaitMs, () => {
      this.#timer = undefined;
      if (this.#isAlone()) course.happen({ type: 'alone' });
    });
  }

  #isAlone(): boolean {
    const { fleet, course } = this.#parts;
    return course.isRunning && !fleet.members().some((member) => member.isAlive);
  }
}
