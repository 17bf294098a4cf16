import { inCsv } from '../base/outside-text.ts';
import {
  CSV_QUANTILE_TITLES,
  CSV_QUANTILES,
  createTally,
  HistoryCsv,
  type HistoryTally,
  tallyStats,
} from '../store/history/history-csv.ts';
import type { RunFile } from '../store/read/run-reader.ts';
import { csvRow, millisecondsCell, quotientCell } from '../store/record/csv-row.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { NameFigures, RunRecord } from '../store/record/run-record.ts';
import { isoTime } from './iso-time.ts';
import { measuredSeconds } from './summary-json.ts';

/** `PREFIX_stats.csv`: a row for each name, `Aggregated` last. */
export function statsCsv(record: RunRecord): string {
  const seconds = measuredSeconds(record);
  const header = csvRow([
    'Type',
    'Name',
    'Request Count',
    'Failure Count',
    'Median Response Time',
    'Average Response Time',
    'Min Response Time',
    'Max Response Time',
    'Average Content Size',
    'Requests/s',
    'Failures/s',
    ...CSV_QUANTILE_TITLES,
  ]);
  return header + [...record.names, record.total].map((row) => statsRow(row, seconds)).join('');
}

/** `PREFIX_failures.csv`: a row for each request and error. */
export function failuresCsv(record: RunRecord): string {
  const startedAtEpochMs = record.info.startedAtEpochMs ?? record.info.createdAtEpochMs;
  const rows = record.errors.map(({ method, name, error, occurrences, firstUs, lastUs }) =>
    csvRow([
      inCsv(method),
      inCsv(name),
      inCsv(error),
      occurrences,
      isoTime(startedAtEpochMs + firstUs / 1000),
      isoTime(startedAtEpochMs + lastUs / 1000),
    ]),
  );
  return (
    csvRow(['Method', 'Name', 'Error', 'Occurrences', 'First Seen', 'Last Seen']) + rows.join('')
  );
}

/** `PREFIX_exceptions.csv`: a row for each kind of exception. */
export function exceptionsCsv(record: RunRecord): string {
  const rows = record.exceptions.map(({ message, traceback, occurrences, workers }) =>
    csvRow([occurrences, inCsv(message), inCsv(traceback), workers.join(', ')]),
  );
  return csvRow(['Count', 'Message', 'Traceback', 'Nodes']) + rows.join('');
}

/**
 * `PREFIX_stats_history.csv`, given second by second, since an hour of many names does not fit into memory.
 *
 * @param isFull - A row for every name too.
 */
export function* historyCsv(file: RunFile, isFull: boolean): Generator<string> {
  const { info, seconds } = file.record;
  const startedAtEpochMs = info.startedAtEpochMs ?? info.createdAtEpochMs;
  const csv = new HistoryCsv({ startedAtEpochMs, isFull });
  const resets = new Set(file.phaseStarts);
  yield HistoryCsv.header();
  for (const { second, users } of seconds) {
    if (resets.has(second)) csv.reset();
    yield csv.rowsOf(second, users, file.secondNames(second).map(tallyOf));
  }
}

function tallyOf(figures: NameFigures): HistoryTally {
  const tally = createTally(figures.method, figures.name);
  tallyStats(tally, figures);
  return tally;
}

function statsRow(figures: NameFigures, seconds: number): string {
  const requests = figures.succeeded + figures.failed;
  const response = responseOf(figures);
  const isEmpty = requests === 0;
  return csvRow([
    inCsv(figures.method),
    inCsv(figures.name),
    requests,
    figures.failed,
    millisecondsCell(response.percentileUs(0.5)),
    millisecondsCell(response.meanUs),
    millisecondsCell(isEmpty ? null : response.minUs),
    millisecondsCell(isEmpty ? null : response.maxUs),
    quotientCell(figures.contentBytes, requests),
    quotientCell(requests, seconds),
    quotientCell(figures.failed, seconds),
    ...response.percentilesUs(CSV_QUANTILES).map(millisecondsCell),
  ]);
}
