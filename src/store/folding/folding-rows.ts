import { ByteReader } from '../../stats/bytes/byte-reader.ts';
import type { Histogram } from '../../stats/histogram/histogram.ts';
import {
  encodeHistogram,
  mergeEncoded,
  readHistogram,
} from '../../stats/interval/histogram-codec.ts';
import type { NameCounts } from '../../stats/interval/interval.ts';
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

const COUNT_COLUMNS =
  'succeeded, failed, not_sent, abandoned, redirected, bytes_received, content_bytes';

/** Columns of `second_names` after its key. */
export const SECOND_NAME_COLUMNS: string = `${COUNT_COLUMNS}, statuses, succeeded_response, failed_response, ttfb`;

/** The values of `SECOND_NAME_COLUMNS`. */
export function secondNameValues(figures: MutableNameFigures): ColumnValue[] {
  return [
    ...countValues(figures),
    statusesText(figures.statuses),
    encodeHistogram(figures.succeededResponse),
    encodeHistogram(figures.failedResponse),
    encodeHistogram(figures.ttfb),
  ];
}

/** Adds a row of `second_names` to `into`. */
export function addSecondNameRow(row: Row, into: MutableNameFigures): void {
  addCountColumns(row, into);
  addStatusesText(row, into.statuses);
  addHistogramColumn(row, 'succeeded_response', into.succeededResponse);
  addHistogramColumn(row, 'failed_response', into.failedResponse);
  addHistogramColumn(row, 'ttfb', into.ttfb);
}

/** Columns of `phase_names` after its key. */
export const PHASE_NAME_COLUMNS: string = `${SECOND_NAME_COLUMNS}, service, lag`;

/** The values of `PHASE_NAME_COLUMNS`. */
export function phaseNameValues(figures: MutableNameFigures): ColumnValue[] {
  return [
    ...secondNameValues(figures),
    encodeHistogram(figures.service),
    encodeHistogram(figures.lag),
  ];
}

/** Adds a row of `phase_names` to `into`. */
export function addPhaseNameRow(row: Row, into: MutableNameFigures): void {
  addSecondNameRow(row, into);
  addHistogramColumn(row, 'service', into.service);
  addHistogramColumn(row, 'lag', into.lag);
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

function countValues(counts: NameCounts): ColumnValue[] {
  return [
    counts.succeeded,
    counts.failed,
    counts.notSent,
    counts.abandoned,
    counts.redirected,
    counts.bytesReceived,
    counts.contentBytes,
  ];
}

function addCountColumns(row: Row, into: NameCounts): void {
  into.succeeded += row.number('succeeded');
  into.failed += row.number('failed');
  into.notSent += row.number('not_sent');
  into.abandoned += row.number('abandoned');
  into.redirected += row.number('redirected');
  into.bytesReceived += row.number('bytes_received');
  into.contentBytes += row.number('content_bytes');
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
