import { Histogram } from '../../stats/histogram/histogram.ts';
import type { MeasuredName, NameStats } from '../../stats/interval/interval.ts';
import {
  addCounts,
  addDistributions,
  addSecondDistributions,
  MeasuredFields,
} from '../../stats/interval/name-counts.ts';
import type { NameFigures } from './run-record.ts';

/** Figures that can be added to. */
export interface MutableNameFigures extends NameFigures {
  readonly statuses: Map<number, number>;
}

class SummedFigures extends MeasuredFields<Histogram> implements MutableNameFigures {
  readonly method: string;
  readonly name: string;
  readonly statuses: Map<number, number> = new Map();
  unknown = 0;

  constructor(method: string, name: string, create: () => Histogram) {
    super(create);
    this.method = method;
    this.name = name;
  }
}

/** Figures of a name that nothing has happened to. @param create - Makes its histograms. */
export function createNameFigures(
  method: string,
  name: string,
  create: () => Histogram = () => new Histogram(),
): MutableNameFigures {
  return new SummedFigures(method, name, create);
}

/** Adds counts, statuses and distributions of `from`; levels (`inFlight`, `unknown`) are left alone. */
export function mergeNameFigures(into: MutableNameFigures, from: MeasuredName): void {
  addCounts(into, from);
  addStatuses(into.statuses, from.statuses);
  addDistributions(into, from);
}

/** Adds what a run file has of a name in a second: counts, statuses, and some of the distributions. */
export function mergeSecondFigures(into: MutableNameFigures, from: MeasuredName): void {
  addCounts(into, from);
  addStatuses(into.statuses, from.statuses);
  addSecondDistributions(into, from);
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
