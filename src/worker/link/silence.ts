import { usToMs } from '../../base/units.ts';

/** For how long the master has not been heard, and whether the worker takes itself for an orphan. */
export class MasterSilence {
  #sinceUs = 0;
  #isOrphaned = false;

  /** Notes that the worker begins to look for a master, or has heard the master that let it in. */
  heard(nowUs: number): void {
    this.#sinceUs = nowUs;
    this.#isOrphaned = false;
  }

  /** For how long the silence lasts, in milliseconds. */
  lastsMs(nowUs: number): number {
    return usToMs(nowUs - this.#sinceUs);
  }

  /** Whether the silence has lasted `timeoutMs` just now; true once in one silence. */
  makesOrphan(nowUs: number, timeoutMs: number): boolean {
    if (this.#isOrphaned || this.lastsMs(nowUs) < timeoutMs) return false;
    this.#isOrphaned = true;
    return true;
  }
}
