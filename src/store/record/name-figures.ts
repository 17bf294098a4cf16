import { Histogram } from '../../stats/histogram/histogram.ts';
import type { MeasuredName, NameCounts, NameStats } from '../../stats/interval/interval.ts';
import type { NameFigures } from './run-record.ts';

/** Figures that can be added to. */
export interface MutableNameFigures extends NameFigures {
  readonly statuses: Map<number, number>;
}

/** Figures of a name nothing has happened to. @param create - Makes its histograms. */
export function createNameFigures(
  method: string,
  name: string,
  create: () => Histogram = () => new Histogram(),
): MutableNameFigures {
  return {
    method,
    name,
    succeeded: 0,
    failed: 0,
    notSent: 0,
    abandoned: 0,
    redirected: 0,
    inFlight: 0,
    unknown: 0,
    bytesReceived: 0,
    contentBytes: 0,
    statuses: new Map(),
    succeededResponse: create(),
    failedResponse: create(),
    service: create(),
    lag: create(),
    ttfb: create(),
  };
}

/** Adds counts, statuses and distributions of `from`; levels (`inFlight`, `unknown`) are left alone. */
export function mergeNameFigures(into: MutableNameFigures, from: MeasuredName): void {
  mergeSecondFigures(into, from);
  from.service.addTo(into.service);
  from.lag.addTo(into.lag);
}

/** The same without service time and send lag: what a run file has of a name in a second. */
export function mergeSecondFigures(into: MutableNameFigures, from: MeasuredName): void {
  addCounts(into, from);
  addStatuses(into.statuses, from.statuses);
  from.succeededResponse.addTo(into.succeededResponse);
  from.failedResponse.addTo(into.failedResponse);
  from.ttfb.addTo(into.ttfb);
}

/** Adds the counts alone; not the level `inFlight`. */
export function addCounts(into: NameCounts, from: Readonly<NameCounts>): void {
  into.succeeded += from.succeeded;
  into.failed += from.failed;
  into.notSent += from.notSent;
  into.abandoned += from.abandoned;
  into.redirected += from.redirected;
  into.bytesReceived += from.bytesReceived;
  into.contentBytes += from.contentBytes;
}

/** Adds answers by status. */
export function addStatuses(
  into: Map<number, number>,
  from: Iterable<readonly [number, number]>,
): void {
  for (const [status, count] of from) into.set(status, (into.get(status) ?? 0) + count);
}

/** Response times of all requests of a name, failed ones too: a new histogram. */
export function responseOf(figures: NameStats): Histogram {
  const response = figures.succeededResponse.clone();
  response.merge(figures.failedResponse);
  return response;
}

/** A key that no two request names share. */
export function nameKey(method: string, name: string): string {
  return `${method}\u0000${name}`;
}

/** Order of rows in every output: by name, then method, by code units and so the same everywhere. */
export function compareNames(
  a: { readonly method: string; readonly name: string },
  b: { readonly method: string; readonly name: string },
): number {
  return compareText(a.name, b.name) || compareText(a.method, b.method);
}

/** Order by code units: the locale of a machine must not change a file. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
