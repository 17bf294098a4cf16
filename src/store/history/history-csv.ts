import { inCsv } from '../../base/outside-text.ts';
import { Histogram } from '../../stats/histogram/histogram.ts';
import type { MeasuredName } from '../../stats/interval/interval.ts';
import { entryOf } from '../folding/run-folding.ts';
import { csvRow, millisecondsCell, quotientCell } from '../record/csv-row.ts';
import { compareNames, nameKey } from '../record/name-figures.ts';

/** Quantiles of every CSV file, in the order of their columns; the last is the maximum. */
export const CSV_QUANTILES: readonly number[] = [
  0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1,
];

/** Titles of the columns of `CSV_QUANTILES`. */
export const CSV_QUANTILE_TITLES: readonly string[] = CSV_QUANTILES.map(
  (quantile) => `${Math.round(quantile * 1e6) / 1e4}%`,
);

const HEADER: readonly string[] = [
  'Timestamp',
  'User Count',
  'Type',
  'Name',
  'Requests/s',
  'Failures/s',
  ...CSV_QUANTILE_TITLES,
  'Total Request Count',
  'Total Failure Count',
  'Total Median Response Time',
  'Total Average Response Time',
  'Total Min Response Time',
  'Total Max Response Time',
  'Total Average Content Size',
];

/** What a row of the history is made from. */
export interface HistoryTally {
  readonly method: string;
  readonly name: string;
  requests: number;
  failures: number;
  contentBytes: number;
  readonly response: Histogram;
}

/** A tally of nothing. */
export function createTally(method: string, name: string): HistoryTally {
  return { method, name, requests: 0, failures: 0, contentBytes: 0, response: new Histogram() };
}

/** Adds measured figures to a tally. */
export function tallyStats(into: HistoryTally, from: MeasuredName): void {
  into.requests += from.succeeded + from.failed;
  into.failures += from.failed;
  into.contentBytes += from.contentBytes;
  from.succeededResponse.addTo(into.response);
  from.failedResponse.addTo(into.response);
}

/** What the history needs to know besides the seconds themselves. */
export interface HistoryOptions {
  /** Wall clock at the beginning of second 0. */
  readonly startedAtEpochMs: number;
  /** Whether every name has a row too, and not `Aggregated` alone. */
  readonly isFull: boolean;
}

/**
 * The lines of `PREFIX_stats_history.csv`, a second at a time. Rates and percentiles are of that
 * second, totals of the run so far or, as in Locust, since the statistics last started again. The
 * writer's thread makes the live rows with it, and the report the whole file.
 */
export class HistoryCsv {
  readonly #options: HistoryOptions;
  readonly #totals = new Map<string, HistoryTally>();
  #aggregated = createTally('', 'Aggregated');

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** The first line. */
  static header(): string {
    return csvRow(HEADER);
  }

  /** Totals start again with the next second. */
  reset(): void {
    for (const [key, { method, name }] of this.#totals) {
      this.#totals.set(key, createTally(method, name));
    }
    this.#aggregated = createTally('', 'Aggregated');
  }

  /** Adds to the totals what came too late for the row of its second. */
  addLate(names: Iterable<HistoryTally>): void {
    for (const tally of names) this.#addToTotals(tally);
  }

  /**
   * The lines of a second, sorted by name and method, `Aggregated` last.
   *
   * @param second - Ascending from one call to the next.
   * @param users - Running at its end.
   * @param names - What finished in it; each name once.
   */
  rowsOf(second: number, users: number, names: readonly HistoryTally[]): string {
    const { startedAtEpochMs, isFull } = this.#options;
    const timestamp = Math.floor(startedAtEpochMs / 1000) + second + 1;
    const inSecond = new Map<string, HistoryTally>();
    const aggregated = createTally('', 'Aggregated');
    for (const tally of names) {
      this.#addToTotals(tally);
      mergeTally(aggregated, tally);
      inSecond.set(nameKey(tally.method, tally.name), tally);
    }
    let text = '';
    if (isFull) {
      for (const [key, total] of this.#sortedTotals()) {
        text += csvRow([timestamp, users, ...cellsOf(inSecond.get(key) ?? NOTHING, total)]);
      }
    }
    return text + csvRow([timestamp, users, ...cellsOf(aggregated, this.#aggregated)]);
  }

  #sortedTotals(): [string, HistoryTally][] {
    return [...this.#totals].sort(([, a], [, b]) => compareNames(a, b));
  }

  #addToTotals(tally: HistoryTally): void {
    const { method, name, requests } = tally;
    // This name only had requests in flight in that second. It may never get a row of its own.
    if (requests === 0) return;
    mergeTally(
      entryOf(this.#totals, nameKey(method, name), () => createTally(method, name)),
      tally,
    );
    mergeTally(this.#aggregated, tally);
  }
}

const NOTHING = createTally('', '');

function mergeTally(into: HistoryTally, from: HistoryTally): void {
  into.requests += from.requests;
  into.failures += from.failures;
  into.contentBytes += from.contentBytes;
  into.response.merge(from.response);
}

/** The cells after the user count. */
function cellsOf(inSecond: HistoryTally, total: HistoryTally): (string | number)[] {
  const { response, requests } = total;
  const isEmpty = response.count === 0;
  return [
    inCsv(total.method),
    inCsv(total.name),
    inSecond.requests,
    inSecond.failures,
    ...inSecond.response.percentilesUs(CSV_QUANTILES).map(millisecondsCell),
    requests,
    total.failures,
    millisecondsCell(response.percentileUs(0.5)),
    millisecondsCell(response.meanUs),
    millisecondsCell(isEmpty ? null : response.minUs),
    millisecondsCell(isEmpty ? null : response.maxUs),
    quotientCell(total.contentBytes, requests),
  ];
}
