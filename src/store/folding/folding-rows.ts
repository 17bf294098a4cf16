import { ByteReader } from '../../stats/bytes/byte-reader.ts';
import type { Histogram } from '../../stats/histogram/histogram.ts';
import {
  encodeHistogram,
  mergeEncoded,
  readHistogram,
} from '../../stats/interval/histogram-codec.ts';
import {
  DISTRIBUTIONS,
  type NameCounts,
  SECOND_DISTRIBUTIONS,
  SUMS,
} from '../../stats/interval/name-counters.ts';
import type { MutableNameFigures } from '../record/name-figures.ts';
import type { ColumnValue, Row } from '../record/row.ts';
import {
  createLeaseName,
  type LeaseName,
  type MutableError,
  mergeLeaseName,
  type SecondWorker,
} from './run-folding.ts';

/*
 * How the rows of the foldings look, in both directions. `…_COLUMNS` is the order of the values
 * that the function below it gives; worker, epoch and so on come first, as they are the key.
 */

const SECOND_TIMES = SECOND_DISTRIBUTIONS;
const OTHER_TIMES = DISTRIBUTIONS.filter(([, { isOfSecond }]) => !isOfSecond);

/** Columns of `second_names` after its key. */
export const SECOND_NAME_COLUMNS: string = [
  ...columnsOf(SUMS),
  'statuses',
  ...columnsOf(SECOND_TIMES),
].join(', ');

/** The values of `SECOND_NAME_COLUMNS`. */
export function secondNameValues(figures: MutableNameFigures): ColumnValue[] {
  return [
    ...SUMS.map(([key]) => figures[key]),
    statusesText(figures.statuses),
    ...SECOND_TIMES.map(([key]) => encodeHistogram(figures[key])),
  ];
}

/** Adds a row of `second_names` to `into`. */
export function addSecondNameRow(row: Row, into: MutableNameFigures): void {
  addCountColumns(row, into);
  addStatusesText(row, into.statuses);
  for (const [key, { column }] of SECOND_TIMES) addHistogramColumn(row, column, into[key]);
}

/** Columns of `phase_names` after its key. */
export const PHASE_NAME_COLUMNS: string = [SECOND_NAME_COLUMNS, ...columnsOf(OTHER_TIMES)].join(
  ', ',
);

/** The values of `PHASE_NAME_COLUMNS`. */
export function phaseNameValues(figures: MutableNameFigures): ColumnValue[] {
  return [
    ...secondNameValues(figures),
    ...OTHER_TIMES.map(([key]) => encodeHistogram(figures[key])),
  ];
}

/** Adds a row of `phase_names` to `into`. */
export function addPhaseNameRow(row: Row, into: MutableNameFigures): void {
  addSecondNameRow(row, into);
  for (const [key, { column }] of OTHER_TIMES) addHistogramColumn(row, column, into[key]);
}

/** Columns of `second_workers` after its key. */
export const SECOND_WORKER_COLUMNS =
  'epoch, sequence, users, users_peak, in_flight, cpu_ratio, loop_ratio, memory_bytes, clock_offset_us, clock_error_us, stalled_us, longest_stall_us, stalled_requests, succeeded, failed, response, service, lag';

/** The values of `SECOND_WORKER_COLUMNS`. */
export function secondWorkerValues(from: SecondWorker): ColumnValue[] {
  const { health } = from;
  return [
    from.epoch,
    from.sequence,
    from.users,
    from.usersPeak,
    from.inFlight,
    health.cpuRatio,
    health.loopRatio,
    health.memoryBytes,
    health.clockOffsetUs,
    health.clockErrorUs,
    health.stalls.totalUs,
    health.stalls.longestUs,
    health.stalls.requests,
    from.succeeded,
    from.failed,
    encodeHistogram(from.response),
    encodeHistogram(from.service),
    encodeHistogram(from.lag),
  ];
}

/** Reads a row of `second_workers`. */
export function secondWorkerOf(row: Row, workerId: string): SecondWorker {
  return {
    workerId,
    epoch: row.number('epoch'),
    sequence: row.number('sequence'),
    users: row.number('users'),
    usersPeak: row.numberIfAny('users_peak') ?? row.number('users'),
    inFlight: row.number('in_flight'),
    health: {
      cpuRatio: row.number('cpu_ratio'),
      loopRatio: row.number('loop_ratio'),
      memoryBytes: row.number('memory_bytes'),
      clockOffsetUs: row.number('clock_offset_us'),
      clockErrorUs: row.number('clock_error_us'),
      stalls: {
        totalUs: row.numberIfAny('stalled_us') ?? 0,
        longestUs: row.numberIfAny('longest_stall_us') ?? 0,
        requests: row.numberIfAny('stalled_requests') ?? 0,
      },
    },
    succeeded: row.number('succeeded'),
    failed: row.number('failed'),
    response: histogramColumn(row, 'response'),
    service: histogramColumn(row, 'service'),
    lag: histogramColumn(row, 'lag'),
  };
}

/** Adds a row of `worker_names`, as files of format 2 and older have them, to its lease. */
export function addWorkerNameRow(row: Row, into: LeaseName): void {
  const counts = createLeaseName(into.method, into.name);
  addCountColumns(row, counts);
  counts.inFlight = row.number('in_flight');
  mergeLeaseName(into, counts, row.number('sequence'));
}

/** Reads a row of `errors`. */
export function errorOf(row: Row): MutableError {
  return {
    method: row.text('method'),
    name: row.text('name'),
    error: row.text('error'),
    occurrences: row.number('occurrences'),
    firstUs: row.number('first_us'),
    lastUs: row.number('last_us'),
  };
}

/** Reads a distribution; a `ProtocolError` where the bytes are none. */
export function histogramColumn(row: Row, column: string): Histogram {
  return readHistogram(new ByteReader(row.bytes(column)));
}

/** Adds a distribution without making one; errors as for `histogramColumn`. */
function addHistogramColumn(row: Row, column: string, into: Histogram): void {
  mergeEncoded(new ByteReader(row.bytes(column)), into);
}

function columnsOf(rows: readonly (readonly [string, { readonly column: string }])[]): string[] {
  return rows.map(([, { column }]) => column);
}

function addCountColumns(row: Row, into: NameCounts): void {
  for (const [key, { column, file }] of SUMS) {
    into[key] += file === 1 ? row.number(column) : (row.numberIfAny(column) ?? 0);
  }
}

/** `200:95 503:5`, ascending: short, and readable in any SQLite shell. */
function statusesText(statuses: ReadonlyMap<number, number>): string {
  return [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}:${count}`)
    .join(' ');
}

function addStatusesText(row: Row, into: Map<number, number>): void {
  for (const [, status, count] of row.text('statuses').matchAll(/(\d+):(\d+)/g)) {
    const code = Number(status);
    into.set(code, (into.get(code) ?? 0) + Number(count));
  }
}
