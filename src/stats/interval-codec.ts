import { ProtocolError } from '../base/errors.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readHistogram, writeHistogram } from './histogram-codec.ts';
import type { ErrorCount, ExceptionCount, Interval, NameStats, WorkerHealth } from './interval.ts';

/*
 * An interval in bytes; numbers are varints, texts UTF-8 with their length before them:
 *
 *   version (1 byte) · second (signed) · users · usersPeak - users (since version 2)
 *   health: cpuRatio loopRatio clockOffsetUs clockErrorUs (float64 each) · memoryBytes
 *   n, then n names:      method name · 8 counts · n statuses (status, count) · 5 histograms
 *   n, then n errors:     place of its name in the names above, from 1, or 0 and method name
 *                         · error occurrences · firstUs (signed) · lastUs - firstUs
 *   n, then n exceptions: message traceback occurrences
 *
 * Texts are included, so an interval that is sent again after a reconnect needs no dictionary.
 */

const VERSION = 2;
/** Of run files only: workers and master are of one version. */
const OLDEST_VERSION = 1;

/** Largest values that `decodeInterval` accepts; the recorder stays below all of them. */
export const INTERVAL_LIMITS: {
  readonly bytes: number;
  readonly methodBytes: number;
  readonly nameBytes: number;
  readonly errorBytes: number;
  readonly tracebackBytes: number;
  readonly names: number;
  readonly statuses: number;
  readonly errors: number;
  readonly exceptions: number;
  readonly second: number;
} = {
  bytes: 16 * 2 ** 20,
  methodBytes: 512,
  nameBytes: 2048,
  errorBytes: 4096,
  tracebackBytes: 32_768,
  names: 20_000,
  statuses: 1000,
  errors: 20_000,
  exceptions: 1000,
  second: 2 ** 31,
};

/**
 * The bytes of an interval, as sent to the master.
 *
 * What it costs: with response times spread log-normally (median 100 ms, sigma 0.5), a worker's
 * second of 100 names takes 5.7 kB at one request a name, 12 kB at 10 and 48 kB at 100 (a test holds
 * it to that). 44 bytes are the interval itself and about 35 each name, its text included; each
 * distribution adds 5 bytes for a single value, else 9 and a little more than one for every bucket
 * that it has values in.
 */
export function encodeInterval(interval: Interval): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(256 + 128 * interval.names.length);
  writer.byte(VERSION);
  writer.signedVarint(interval.second);
  writer.varint(interval.users);
  writer.varint(Math.max(0, interval.usersPeak - interval.users));
  writeHealth(writer, interval.health);
  writer.varint(interval.names.length);
  for (const stats of interval.names) writeName(writer, stats);
  writeErrors(writer, interval);
  writer.varint(interval.exceptions.length);
  for (const { message, traceback, occurrences } of interval.exceptions) {
    writer.string(message);
    writer.string(traceback);
    writer.varint(occurrences);
  }
  return writer.finish();
}

/**
 * Reads what `encodeInterval` made.
 *
 * @param bytes - From the network: whatever they are, the answer is an interval within
 *   `INTERVAL_LIMITS` or a `ProtocolError`.
 */
export function decodeInterval(bytes: Uint8Array): Interval {
  if (bytes.length > INTERVAL_LIMITS.bytes) {
    throw new ProtocolError(
      `An interval of ${bytes.length} bytes is larger than the ${INTERVAL_LIMITS.bytes} allowed`,
    );
  }
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version < OLDEST_VERSION || version > VERSION) {
    throw new ProtocolError(`An interval has format ${version}, this katydid reads ${VERSION}`);
  }
  const second = readSecond(reader);
  const users = reader.varint();
  const usersPeak = version < 2 ? users : users + reader.varint();
  const health = readHealth(reader);
  const names = readList(reader, INTERVAL_LIMITS.names, readName);
  const errors = readList(reader, INTERVAL_LIMITS.errors, (from) => readError(from, names));
  const exceptions = readList(reader, INTERVAL_LIMITS.exceptions, readException);
  reader.end();
  return { second, users, usersPeak, health, names, errors, exceptions };
}

function writeHealth(writer: ByteWriter, health: WorkerHealth): void {
  writer.float64(health.cpuRatio);
  writer.float64(health.loopRatio);
  writer.float64(health.clockOffsetUs);
  writer.float64(health.clockErrorUs);
  writer.varint(Math.round(health.memoryBytes));
}

function readHealth(reader: ByteReader): WorkerHealth {
  return {
    cpuRatio: reader.float64(),
    loopRatio: reader.float64(),
    clockOffsetUs: reader.float64(),
    clockErrorUs: reader.float64(),
    memoryBytes: reader.varint(),
  };
}

function writeName(writer: ByteWriter, stats: NameStats): void {
  writer.string(stats.method);
  writer.string(stats.name);
  writer.varint(stats.succeeded);
  writer.varint(stats.failed);
  writer.varint(stats.notSent);
  writer.varint(stats.abandoned);
  writer.varint(stats.redirected);
  writer.varint(stats.inFlight);
  writer.varint(stats.bytesReceived);
  writer.varint(stats.contentBytes);
  writer.varint(stats.statuses.size);
  for (const [status, count] of stats.statuses) {
    writer.varint(status);
    writer.varint(count);
  }
  writeHistogram(writer, stats.succeededResponse);
  writeHistogram(writer, stats.failedResponse);
  writeHistogram(writer, stats.service);
  writeHistogram(writer, stats.lag);
  writeHistogram(writer, stats.ttfb);
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

function writeErrors(writer: ByteWriter, interval: Interval): void {
  const places = new Map<string, number>();
  interval.names.forEach((stats, place) => {
    places.set(nameKey(stats), place + 1);
  });
  writer.varint(interval.errors.length);
  for (const error of interval.errors) {
    const place = places.get(nameKey(error)) ?? 0;
    writer.varint(place);
    if (place === 0) {
      writer.string(error.method);
      writer.string(error.name);
    }
    writer.string(error.error);
    writer.varint(error.occurrences);
    writer.signedVarint(error.firstUs);
    writer.varint(error.lastUs - error.firstUs);
  }
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

function nameKey({ method, name }: { readonly method: string; readonly name: string }): string {
  return `${method.length} ${method}${name}`;
}
