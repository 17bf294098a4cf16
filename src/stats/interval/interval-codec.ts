import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Interval, MeasuredName, NameStats, WorkerHealth } from './interval.ts';
import { INTERVAL_VERSION } from './interval-limits.ts';
import { IntervalScanner } from './interval-scanner.ts';
import { writeCounts, writeDistributions } from './name-counts.ts';
import { NameTotals } from './name-totals.ts';

/*
 * An interval in bytes; numbers are varints, texts UTF-8 with their length before them:
 *
 *   version (1 byte) · second (signed) · users · usersPeak - users (since version 2)
 *   health: cpuRatio loopRatio clockOffsetUs clockErrorUs (float64 each) · memoryBytes
 *           · stalls of the loop: totalUs longestUs requests (since version 3)
 *   n, then n names:      method name · counters · n statuses (status, count) · distributions,
 *                         both as in `name-counters.ts`
 *   n, then n errors:     place of its name in the names above, from 1, or 0 and method name
 *                         · error occurrences · firstUs (signed) · lastUs - firstUs
 *   n, then n exceptions: message traceback occurrences
 *
 * Texts are included, so an interval that is sent again after a reconnect needs no dictionary.
 */

/**
 * The bytes of an interval, as sent to the master.
 *
 * What it costs: with response times spread log-normally (median 100 ms, sigma 0.5), a worker's
 * second of 100 names takes 5.7 kB at one request a name, 12 kB at 10 and 48 kB at 100 (a test holds
 * it to that). 47 bytes are the interval itself and about 35 each name, its text included; each
 * distribution adds 5 bytes for a single value, else 9 and a little more than one for every bucket
 * that it has values in.
 */
export function encodeInterval(interval: Interval): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(256 + 128 * interval.names.length);
  writer.byte(INTERVAL_VERSION);
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

const scanner = new IntervalScanner();

/**
 * Reads what `encodeInterval` made. The master uses an `IntervalScanner` of its own, which makes no
 * histograms; use this one to keep what is read.
 *
 * @param bytes - From the network: whatever they are, the answer is an interval within `INTERVAL_LIMITS` or a
 *   `ProtocolError`.
 */
export function decodeInterval(bytes: Uint8Array): Interval {
  const scanned = scanner.scan(bytes);
  return { ...scanned, names: scanned.names.map(nameStatsOf) };
}

function nameStatsOf(scanned: MeasuredName): NameStats {
  const stats = new NameTotals(scanned.method, scanned.name);
  stats.add(scanned);
  stats.inFlight = scanned.inFlight;
  return stats;
}

function writeHealth(writer: ByteWriter, health: WorkerHealth): void {
  writer.float64(health.cpuRatio);
  writer.float64(health.loopRatio);
  writer.float64(health.clockOffsetUs);
  writer.float64(health.clockErrorUs);
  writer.varint(Math.round(health.memoryBytes));
  const { totalUs, longestUs, requests } = health.stalls;
  writer.varint(totalUs);
  writer.varint(longestUs);
  writer.varint(requests);
}

function writeName(writer: ByteWriter, stats: NameStats): void {
  writer.string(stats.method);
  writer.string(stats.name);
  writeCounts(writer, stats);
  writer.varint(stats.statuses.size);
  for (const [status, count] of stats.statuses) {
    writer.varint(status);
    writer.varint(count);
  }
  writeDistributions(writer, stats);
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

function nameKey({ method, name }: { readonly method: string; readonly name: string }): string {
  return `${method.length} ${method}${name}`;
}
