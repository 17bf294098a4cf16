import { Histogram } from '../histogram/histogram.ts';
import type { MeasuredName, NameStats } from './interval.ts';

/**
 * Sums of what was measured of one request name: over a second, over workers or over a run,
 * depending on what is added. It is itself a `NameStats`, so it can be sent and added further.
 */
export class NameTotals implements NameStats {
  readonly method: string;
  readonly name: string;
  succeeded = 0;
  failed = 0;
  notSent = 0;
  abandoned = 0;
  redirected = 0;
  /** A level, not a sum: `add` leaves it alone, its owner sets it. */
  inFlight = 0;
  bytesReceived = 0;
  contentBytes = 0;
  readonly statuses: Map<number, number> = new Map();
  readonly succeededResponse: Histogram = new Histogram();
  readonly failedResponse: Histogram = new Histogram();
  readonly service: Histogram = new Histogram();
  readonly lag: Histogram = new Histogram();
  readonly ttfb: Histogram = new Histogram();

  constructor(method: string, name: string) {
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

  /** Adds all counts, statuses and histograms of `from`, whatever its name; not `inFlight`. */
  add(from: MeasuredName): void {
    this.succeeded += from.succeeded;
    this.failed += from.failed;
    this.notSent += from.notSent;
    this.abandoned += from.abandoned;
    this.redirected += from.redirected;
    this.bytesReceived += from.bytesReceived;
    this.contentBytes += from.contentBytes;
    for (const [status, count] of from.statuses) this.countStatus(status, count);
    from.succeededResponse.addTo(this.succeededResponse);
    from.failedResponse.addTo(this.failedResponse);
    from.service.addTo(this.service);
    from.lag.addTo(this.lag);
    from.ttfb.addTo(this.ttfb);
  }

  /** Back to zero, `inFlight` included; keeps the memory of the histograms. */
  clear(): void {
    this.succeeded = 0;
    this.failed = 0;
    this.notSent = 0;
    this.abandoned = 0;
    this.redirected = 0;
    this.inFlight = 0;
    this.bytesReceived = 0;
    this.contentBytes = 0;
    this.statuses.clear();
    this.succeededResponse.clear();
    this.failedResponse.clear();
    this.service.clear();
    this.lag.clear();
    this.ttfb.clear();
  }
}
