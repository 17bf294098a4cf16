import type { StatsWindow } from '../snapshot/run-snapshot.ts';
import { Figures } from './figures.ts';

/** How far back a live window reaches. */
export const WINDOW_SECONDS = 10;
/** Seconds kept in detail: those of the window, and some more for workers that are late or early. */
const KEPT_SECONDS = 15;
/** Seconds whose number of requests is kept. */
const TREND_SECONDS = 60;
/** Room for seconds that are newer than the last one shown. */
const TREND_SLOTS = TREND_SECONDS + 8;

interface Slot {
  second: number;
  readonly figures: Figures;
}

/**
 * The last seconds of one name, worker or run, so that "the last 10 s" can be shown while the run goes on. It
 * has two rings of fixed size; figures that come too late for them count in the totals only.
 */
export class RecentFigures {
  readonly #slots: (Slot | undefined)[] = new Array(KEPT_SECONDS).fill(undefined);
  readonly #trendSeconds: number[] = new Array(TREND_SLOTS).fill(-1);
  readonly #trendRequests: number[] = new Array(TREND_SLOTS).fill(0);

  /** Adds what was measured in a second >= 0; figures of several workers add up. */
  add(second: number, figures: Figures): void {
    if (figures.requests === 0) return;
    this.#slotOf(second)?.figures.merge(figures);
    const place = second % TREND_SLOTS;
    const held = this.#trendSeconds[place] ?? -1;
    if (held > second) return;
    const before = held === second ? (this.#trendRequests[place] ?? 0) : 0;
    this.#trendSeconds[place] = second;
    this.#trendRequests[place] = before + figures.requests;
  }

  /**
   * The sums of the `WINDOW_SECONDS` up to `lastSecond`, that one included.
   *
   * @param sums - Gets the result, so that one object serves many calls; what was in it before is lost.
   */
  figures(lastSecond: number, sums: Figures = new Figures()): Figures {
    sums.clear();
    for (const slot of this.#slots) {
      if (slot === undefined) continue;
      const ageSeconds = lastSecond - slot.second;
      if (ageSeconds >= 0 && ageSeconds < WINDOW_SECONDS) sums.merge(slot.figures);
    }
    return sums;
  }

  /** The figures of the 10 s up to `lastSecond`; while the run is younger than that, of all its seconds. */
  window(lastSecond: number, sums?: Figures): StatsWindow {
    return this.figures(lastSecond, sums).window(Math.min(WINDOW_SECONDS, lastSecond + 1));
  }

  /** Requests of each second up to `lastSecond`, newest last: at most 60 of them. */
  trend(lastSecond: number): number[] {
    const length = Math.max(0, Math.min(TREND_SECONDS, lastSecond + 1));
    return Array.from({ length }, (_, index) => {
      const second = lastSecond - length + 1 + index;
      const place = second % TREND_SLOTS;
      return this.#trendSeconds[place] === second ? (this.#trendRequests[place] ?? 0) : 0;
    });
  }

  #slotOf(second: number): Slot | undefined {
    const place = second % KEPT_SECONDS;
    const slot = this.#slots[place];
    if (slot === undefined) {
      const added = { second, figures: new Figures() };
      this.#slots[place] = added;
      return added;
    }
    if (slot.second > second) return undefined;
    if (slot.second < second) {
      slot.figures.clear();
      slot.second = second;
    }
    return slot;
  }
}
