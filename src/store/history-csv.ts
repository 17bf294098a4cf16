import { csvRow, millisecondsCell, quotientCell, textCell } from './csv-row.ts';
import {
  compareNames,
  createNameFigures,
  type MutableNameFigures,
  mergeNameFigures,
  nameKey,
  responseOf,
} from './name-figures.ts';
import type { NameFigures } from './run-record.ts';

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

/** What the history needs to know besides the seconds themselves. */
export interface HistoryOptions {
  /** Wall clock at the beginning of second 0. */
  readonly startedAtEpochMs: number;
  /** A row for every name too, not for `Aggregated` alone. */
  readonly isFull: boolean;
}

/**
 * The lines of `PREFIX_stats_history.csv`, a second at a time. Rates and percentiles are of that
 * second, totals of the run so far or, as in Locust, since the statistics last started again. The
 * writer's thread makes the live rows with it, and the report the whole file.
 */
export class HistoryCsv {
  readonly #options: HistoryOptions;
  readonly #totals = new Map<string, MutableNameFigures>();
  #aggregated = createNameFigures('', 'Aggregated');

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
      this.#totals.set(key, createNameFigures(method, name));
    }
    this.#aggregated = createNameFigures('', 'Aggregated');
  }

  /** Adds to the totals what came too late for the row of its second. */
  addLate(names: Iterable<NameFigures>): void {
    for (const figures of names) this.#addToTotals(figures);
  }

  /**
   * The lines of a second, sorted by name and method, `Aggregated` last.
   *
   * @param second - Ascending from one call to the next.
   * @param users - Running at its end.
   * @param names - What finished in it; each name once.
   */
  rowsOf(second: number, users: number, names: readonly NameFigures[]): string {
    const { startedAtEpochMs, isFull } = this.#options;
    const timestamp = Math.floor(startedAtEpochMs / 1000) + second + 1;
    const inSecond = new Map<string, NameFigures>();
    const aggregated = createNameFigures('', 'Aggregated');
    for (const figures of names) {
      this.#addToTotals(figures);
      mergeNameFigures(aggregated, figures);
      inSecond.set(nameKey(figures.method, figures.name), figures);
    }
    let text = '';
    if (isFull) {
      for (const total of [...this.#totals.values()].sort(compareNames)) {
        const figures = inSecond.get(nameKey(total.method, total.name)) ?? NOTHING;
        text += csvRow([timestamp, users, ...cellsOf(figures, total)]);
      }
    }
    return text + csvRow([timestamp, users, ...cellsOf(aggregated, this.#aggregated)]);
  }

  #addToTotals(figures: NameFigures): void {
    const key = nameKey(figures.method, figures.name);
    let total = this.#totals.get(key);
    if (total === undefined) {
      total = createNameFigures(figures.method, figures.name);
      this.#totals.set(key, total);
    }
    mergeNameFigures(total, figures);
    mergeNameFigures(this.#aggregated, figures);
  }
}

const NOTHING = createNameFigures('', '');

/** The cells after the user count. */
function cellsOf(inSecond: NameFigures, total: NameFigures): (string | number)[] {
  const totalResponse = responseOf(total);
  const requests = total.succeeded + total.failed;
  const isEmpty = requests === 0;
  return [
    textCell(total.method),
    textCell(total.name),
    inSecond.succeeded + inSecond.failed,
    inSecond.failed,
    ...responseOf(inSecond).percentilesUs(CSV_QUANTILES).map(millisecondsCell),
    requests,
    total.failed,
    millisecondsCell(totalResponse.percentileUs(0.5)),
    millisecondsCell(totalResponse.meanUs),
    millisecondsCell(isEmpty ? null : totalResponse.minUs),
    millisecondsCell(isEmpty ? null : totalResponse.maxUs),
    quotientCell(total.contentBytes, requests),
  ];
}
