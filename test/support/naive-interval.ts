import { ProtocolError } from '../../src/base/errors.ts';
import { ByteReader } from '../../src/stats/bytes/byte-reader.ts';
import { BUCKET_COUNT, bucketIndexOf, Histogram } from '../../src/stats/histogram/histogram.ts';
import {
  type ErrorCount,
  type ExceptionCount,
  type Interval,
  type LoopStalls,
  type NameStats,
  NO_STALLS,
  type WorkerHealth,
} from '../../src/stats/interval/interval.ts';
import { INTERVAL_LIMITS } from '../../src/stats/interval/interval-limits.ts';

/*
 * Reads an encoded interval into one object for each name and histogram, as the master once did: what the
 * scanner of the master is compared with.
 */

/** Reads what `encodeInterval` made; a `ProtocolError` where it cannot be that. */
export function decodeNaively(bytes: Uint8Array): Interval {
  if (bytes.length > INTERVAL_LIMITS.bytes) {
    throw new ProtocolError(
      `An interval of ${bytes.length} bytes is larger than the ${INTERVAL_LIMITS.bytes} allowed`,
    );
  }
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version < 1 || version > 3) {
    throw new ProtocolError(`An interval has format ${version}, this katydid reads ${3}`);
  }
  const second = readSecond(reader);
  const users = reader.varint();
  const usersPeak = version < 2 ? users : users + reader.varint();
  const health = readHealth(reader, version);
  const names = readList(reader, INTERVAL_LIMITS.names, readName);
  const errors = readList(reader, INTERVAL_LIMITS.errors, (from) => readError(from, names));
  const exceptions = readList(reader, INTERVAL_LIMITS.exceptions, readException);
  reader.end();
  return { second, users, usersPeak, health, names, errors, exceptions };
}

function readHealth(reader: ByteReader, version: number): WorkerHealth {
  return {
    cpuRatio: reader.float64(),
    loopRatio: reader.float64(),
    clockOffsetUs: reader.float64(),
    clockErrorUs: reader.float64(),
    memoryBytes: reader.varint(),
    stalls: version < 3 ? NO_STALLS : readStalls(reader),
  };
}

function readStalls(reader: ByteReader): LoopStalls {
  const totalUs = reader.varint();
  const longestUs = reader.varint();
  return { totalUs, longestUs, requests: reader.varint() };
}

function readName(reader: ByteReader): NameStats {
  return {
    method: reader.string(INTERVAL_LIMITS.methodBytes),
    name: reader.string(INTERVAL_LIMITS.nameBytes),
    succeeded: reader.varint(),
    failed: reader.varint(),
    notSent: reader.varint(),
    abandoned: reader.varint(),
    redirected: reader.varint(),
    inFlight: reader.varint(),
    bytesReceived: reader.varint(),
    contentBytes: reader.varint(),
    statuses: readStatuses(reader),
    succeededResponse: readHistogram(reader),
    failedResponse: readHistogram(reader),
    service: readHistogram(reader),
    lag: readHistogram(reader),
    ttfb: readHistogram(reader),
  };
}

function readStatuses(reader: ByteReader): Map<number, number> {
  const statuses = new Map<number, number>();
  for (let left = reader.varint(INTERVAL_LIMITS.statuses); left > 0; left -= 1) {
    const status = reader.varint(65_535);
    if (statuses.has(status)) throw new ProtocolError(`An interval counts status ${status} twice`);
    statuses.set(status, reader.varint());
  }
  return statuses;
}

function readError(reader: ByteReader, names: readonly NameStats[]): ErrorCount {
  const known = names[reader.varint(names.length) - 1];
  const method = known?.method ?? reader.string(INTERVAL_LIMITS.methodBytes);
  const name = known?.name ?? reader.string(INTERVAL_LIMITS.nameBytes);
  const error = reader.string(INTERVAL_LIMITS.errorBytes);
  const occurrences = reader.varint();
  const firstUs = reader.signedVarint();
  const lastUs = firstUs + reader.varint(2 ** 52);
  return { method, name, error, occurrences, firstUs, lastUs };
}

function readException(reader: ByteReader): ExceptionCount {
  return {
    message: reader.string(INTERVAL_LIMITS.errorBytes),
    traceback: reader.string(INTERVAL_LIMITS.tracebackBytes),
    occurrences: reader.varint(),
  };
}

function readSecond(reader: ByteReader): number {
  const second = reader.signedVarint();
  if (Math.abs(second) <= INTERVAL_LIMITS.second) return second;
  throw new ProtocolError(`An interval says that it is of second ${second}`);
}

function readList<T>(reader: ByteReader, max: number, readOne: (reader: ByteReader) => T): T[] {
  const list: T[] = [];
  for (let left = reader.varint(max); left > 0; left -= 1) list.push(readOne(reader));
  return list;
}

function readHistogram(reader: ByteReader): Histogram {
  const histogram = new Histogram();
  const start = reader.position;
  check(reader);
  reader.position = start;
  addTo(reader, histogram);
  return histogram;
}

/** What stands before the buckets. */
interface Head {
  readonly count: number;
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
}

const EMPTY: Head = { count: 0, sumUs: 0, minUs: 0, maxUs: 0 };

function readHead(reader: ByteReader): Head {
  const count = reader.varint();
  if (count === 0) return EMPTY;
  const minUs = reader.varint();
  const spreadUs = reader.varint(Number.MAX_SAFE_INTEGER - minUs);
  const maxAboveUs = Math.min(spreadUs * count, Number.MAX_SAFE_INTEGER);
  const aboveMinUs = spreadUs === 0 ? 0 : reader.varint(maxAboveUs);
  return { count, sumUs: count * minUs + aboveMinUs, minUs, maxUs: minUs + spreadUs };
}

/** Reads past a histogram. */
function check(reader: ByteReader): void {
  const { count, minUs, maxUs } = readHead(reader);
  if (minUs === maxUs) return;
  const first = bucketIndexOf(minUs);
  const last = bucketIndexOf(maxUs);
  let index = first - 1;
  for (let left = count; left > 0; ) {
    const previous = index;
    const code = reader.varint(2 * BUCKET_COUNT);
    index += Math.floor(code / 2) + 1;
    if (index > last || (previous < first && index > first)) {
      throw new ProtocolError('A histogram has values outside its minimum and maximum');
    }
    left -= code % 2 === 0 ? 1 : 2 + reader.varint();
    if (left < 0) throw new ProtocolError('A histogram has more values than its count says');
  }
  if (index !== last) throw new ProtocolError('A histogram has no value at its maximum');
}

/** Reads what `check` has found good. */
function addTo(reader: ByteReader, into: Histogram): void {
  const { count, sumUs, minUs, maxUs } = readHead(reader);
  if (count === 0) return;
  into.addSummary(count, sumUs, minUs, maxUs);
  let index = bucketIndexOf(minUs);
  if (minUs === maxUs) {
    into.addBuckets(Uint16Array.of(index), Float64Array.of(count), 0, 1);
    return;
  }
  index -= 1;
  for (let left = count; left > 0; ) {
    const code = reader.varint();
    index += Math.floor(code / 2) + 1;
    const inBucket = code % 2 === 0 ? 1 : 2 + reader.varint();
    left -= inBucket;
    into.addBuckets(Uint16Array.of(index), Float64Array.of(inBucket), 0, 1);
  }
}
