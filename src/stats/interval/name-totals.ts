import { Histogram } from '../histogram/histogram.ts';
import type { MeasuredName, NameStats } from './interval.ts';
import { DISTRIBUTIONS } from './name-counters.ts';
import { addCounts, addDistributions, clearCounts, MeasuredFields } from './name-counts.ts';

/**
 * Sums of what was measured of one request name: over a second, over workers or over a run,
 * depending on what is added. It is itself a `NameStats`, so it can be sent and added further. The
 * level `inFlight` is no sum: `add` leaves it alone, and its owner sets it.
 */
export class NameTotals extends MeasuredFields<Histogram> implements NameStats {
  readonly method: string;
  readonly name: string;
  readonly statuses: Map<number, number> = new Map();

  constructor(method: string, name: string) {
    super(createHistogram);
    this.method = method;
    this.name = name;
  }

  /** Requests that ended, well or not. */
  get requests(): number {
    return this.succeeded + this.failed;
  }

  /** Whether nothing at all was counted; the level `inFlight` does not matter. */
  get isEmpty(): boolean {
    return this.succeeded + this.failed + this.abandoned + this.redirected === 0;
  }

  /** Response times of all requests, failed ones too: a new histogram. */
  response(): Histogram {
    const merged = this.succeededResponse.clone();
    merged.merge(this.failedResponse);
    return merged;
  }

  /** Counts an answer's status. */
  countStatus(status: number, count: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + count);
  }

  /** Adds counters, statuses and distributions of `from`, whatever its name; not levels. */
  add(from: MeasuredName): void {
    addCounts(this, from);
    for (const [status, count] of from.statuses) this.countStatus(status, count);
    addDistributions(this, from);
  }

  /** Back to zero, `inFlight` included; keeps the memory of the histograms. */
  clear(): void {
    clearCounts(this);
    this.statuses.clear();
    for (const [key] of DISTRIBUTIONS) this[key].clear();
  }
}

function createHistogram(): Histogram {
  return new Histogram();
}
