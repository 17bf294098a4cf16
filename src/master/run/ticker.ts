import type { TimerHandle } from '../../base/clock.ts';
import type { Adoption } from './adoption.ts';
import type { LoneWatch } from './lone-watch.ts';
import type { Publisher } from './publisher.ts';
import type { RunParts } from './run-parts.ts';
import { restartStatistics, type Spawning } from './spawning.ts';

/** The once-a-second work is done so long after a second's end that the workers' intervals are there. */
const TICK_DELAY_MS = 300;
/** The pause between two ticks before the run starts, whose seconds set the pace later. */
const WAITING_TICK_MS = 1000;

/** What is seen to once a second. */
export interface TickDuties {
  readonly adoption: Adoption;
  readonly alone: LoneWatch;
  readonly spawning: Spawning;
  readonly publisher: Publisher;
}

/** Does what is to be done once a second: silent workers, the commit, the snapshot. */
export class Ticker {
  readonly #parts: RunParts;
  readonly #duties: TickDuties;
  #timer: TimerHandle | undefined;

  constructor(parts: RunParts, duties: TickDuties) {
    this.#parts = parts;
    this.#duties = duties;
  }

  /** Begins, or begins anew when the run's start changes where its seconds lie. */
  restart(): void {
    const { clock, course, time } = this.#parts;
    this.close();
    if (course.isOver) return;
    const delayMs = tickDelayMs(time.startUs === undefined ? undefined : time.nowMs);
    this.#timer = clock.setTimer(delayMs, () => {
      this.#tick();
      this.restart();
    });
  }

  /** Ticks no more. */
  close(): void {
    this.#parts.clock.clearTimer(this.#timer);
  }

  #tick(): void {
    const { fleet, tallies, journal } = this.#parts;
    fleet.tick();
    this.#checkBack();
    tallies.flush();
    void journal.commit().then(() => this.#afterCommit());
  }

  /** Looks whether the workers of a resumed run are there, and whether any worker is. */
  #checkBack(): void {
    if (this.#parts.options.resumed === undefined) return;
    this.#duties.adoption.check();
    this.#duties.alone.check();
  }

  #afterCommit(): void {
    const { course, options } = this.#parts;
    const { spawning, publisher } = this.#duties;
    if (course.isOver) return;
    if (course.isRunning && spawning.check() && options.resetStats) restartStatistics(this.#parts);
    publisher.publish();
  }
}

/**
 * Milliseconds until the next once-a-second work: just after a second of the run is over.
 *
 * @param nowMs - Since the run's start; `undefined` before it has one.
 */
function tickDelayMs(nowMs: number | undefined): number {
  if (nowMs === undefined) return WAITING_TICK_MS;
  // A millisecond of grace: a timer that fires a hair early must not fire a second time at once.
  const seconds = Math.floor((nowMs - TICK_DELAY_MS + 1) / 1000) + 1;
  return seconds * 1000 + TICK_DELAY_MS - nowMs;
}
