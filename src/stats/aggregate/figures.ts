import { Histogram } from '../histogram/histogram.ts';
import type { MeasuredName } from '../interval/interval.ts';
import type { StatsWindow } from '../snapshot/run-snapshot.ts';
import { percentilesOf } from './percentiles-of.ts';

/** The part of a name's measurements that a `StatsWindow` is made of. */
export type FiguresSource = Pick<
  MeasuredName,
  'succeeded' | 'failed' | 'succeededResponse' | 'failedResponse' | 'service' | 'lag'
>;

/** Sums that a `StatsWindow` is computed from: of one name or many, of a second or many. */
export class Figures {
  requests = 0;
  failures = 0;
  /** Response times of all requests, failed ones too. */
  readonly response: Histogram = new Histogram();
  readonly service: Histogram = new Histogram();
  readonly lag: Histogram = new Histogram();

  /** Adds what was measured of a name. */
  add(from: FiguresSource): void {
    this.requests += from.succeeded + from.failed;
    this.failures += from.failed;
    from.succeededResponse.addTo(this.response);
    from.failedResponse.addTo(this.response);
    from.service.addTo(this.service);
    from.lag.addTo(this.lag);
  }

  /** Adds other sums. */
  merge(from: Figures): void {
    this.requests += from.requests;
    this.failures += from.failures;
    this.response.merge(from.response);
    this.service.merge(from.service);
    this.lag.merge(from.lag);
  }

  /** Back to zero; keeps the memory of the histograms. */
  clear(): void {
    this.requests = 0;
    this.failures = 0;
    this.response.clear();
    this.service.clear();
    this.lag.clear();
  }

  /** @param seconds - What the rates are divided by; 0 or less gives rates of 0. */
  window(seconds: number): StatsWindow {
    return {
      n: this.requests,
      fails: this.failures,
      rps: seconds > 0 ? this.requests / seconds : 0,
      failPs: seconds > 0 ? this.failures / seconds : 0,
      response: percentilesOf(this.response),
      service: percentilesOf(this.service),
      lag: percentilesOf(this.lag),
    };
  }
}
