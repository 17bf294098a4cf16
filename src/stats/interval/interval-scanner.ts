import { ProtocolError } from '../../base/errors.ts';
import { BucketList } from '../bytes/bucket-list.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import {
  type ErrorCount,
  type ExceptionCount,
  type LoopStalls,
  type MeasuredInterval,
  type MeasuredName,
  NO_STALLS,
  type WorkerHealth,
} from './interval.ts';
import { INTERVAL_LIMITS, INTERVAL_VERSION, OLDEST_INTERVAL_VERSION } from './interval-limits.ts';
import { MeasuredFields, scanCounts, scanDistributions } from './name-counts.ts';
import { NameTexts } from './name-texts.ts';
import { ScannedHistogram } from './scanned-histogram.ts';

/** Hot path of the master: reads every interval of every worker, and makes next to no garbage of it. */

/** Names whose room is kept for the next interval. */
const KEPT_NAMES = 2000;
/** With so many statuses, looking through them all for one that comes twice is quickest. */
const FEW_STATUSES = 16;

/** A name as it was read from bytes. */
class ScannedName extends MeasuredFields<ScannedHistogram> implements MeasuredName {
  method = '';
  name = '';
  statuses: [number, number][] = [];
}

/**
 * Reads encoded intervals (see `interval-codec.ts`) into numbers that can be added up at once, in one
 * pass and without an object for each histogram.
 */
export class IntervalScanner {
  readonly #texts = new NameTexts();
  readonly #buckets = new BucketList();
  readonly #createHistogram = (): ScannedHistogram => new ScannedHistogram(this.#buckets);
  readonly #pool: ScannedName[] = [];
  readonly #names: ScannedName[] = [];

  /**
   * Reads an interval.
   *
   * @param bytes - From the network: whatever they are, the answer is an interval within
   *   `INTERVAL_LIMITS` or a `ProtocolError`.
   * @returns What was read, until the next call: its names are used again for the next interval.
   */
  scan(bytes: Uint8Array): MeasuredInterval {
    if (bytes.length > INTERVAL_LIMITS.bytes) {
      throw new ProtocolError(
        `An interval of ${bytes.length} bytes is larger than the ${INTERVAL_LIMITS.bytes} allowed`,
      );
    }
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version < OLDEST_INTERVAL_VERSION || version > INTERVAL_VERSION) {
      throw new ProtocolError(
        `An interval has format ${version}, this katydid reads ${INTERVAL_VERSION}`,
      );
    }
    const second = readSecond(reader);
    const users = reader.varint();
    const usersPeak = version < 2 ? users : users + reader.varint();
    const health = readHealth(reader, version);
    const names = this.#scanNames(bytes, reader, version);
    const errors = readList(reader, INTERVAL_LIMITS.errors, () =>
      this.#readError(bytes, reader, names),
    );
    const exceptions = readList(reader, INTERVAL_LIMITS.exceptions, () => readException(reader));
    reader.end();
    return { second, users, usersPeak, health, names, errors, exceptions };
  }

  #scanNames(bytes: Uint8Array, reader: ByteReader, version: number): readonly ScannedName[] {
    const names = this.#names;
    const pool = this.#pool;
    names.length = 0;
    if (pool.length > KEPT_NAMES) pool.length = KEPT_NAMES;
    this.#buckets.clear();
    const count = reader.varint(INTERVAL_LIMITS.names);
    for (let place = 0; place < count; place += 1) {
      let stats = pool[place];
      if (stats === undefined) {
        stats = new ScannedName(this.#createHistogram);
        pool.push(stats);
      }
      const { method, name } = this.#texts.read(bytes, reader);
      stats.method = method;
      stats.name = name;
      scanStats(reader, version, stats);
      names.push(stats);
    }
    return names;
  }

  #readError(bytes: Uint8Array, reader: ByteReader, names: readonly ScannedName[]): ErrorCount {
    const known = names[reader.varint(names.length) - 1];
    const { method, name } = known ?? this.#texts.read(bytes, reader);
    const error = reader.string(INTERVAL_LIMITS.errorBytes);
    const occurrences = reader.varint();
    const firstUs = reader.signedVarint();
    const lastUs = firstUs + reader.varint(2 ** 52);
    return { method, name, error, occurrences, firstUs, lastUs };
  }
}

function scanStats(reader: ByteReader, version: number, stats: ScannedName): void {
  scanCounts(reader, version, stats);
  scanStatuses(reader, stats.statuses);
  scanDistributions(reader, stats);
}

function scanStatuses(reader: ByteReader, statuses: [number, number][]): void {
  const length = reader.varint(INTERVAL_LIMITS.statuses);
  const seen = length > FEW_STATUSES ? new Set<number>() : undefined;
  statuses.length = Math.min(statuses.length, length);
  for (let place = 0; place < length; place += 1) {
    const status = reader.varint(65_535);
    if (seen?.has(status) ?? isAmong(status, statuses, place)) {
      throw new ProtocolError(`An interval counts status ${status} twice`);
    }
    seen?.add(status);
    const count = reader.varint();
    const pair = statuses[place];
    if (pair === undefined) {
      statuses.push([status, count]);
    } else {
      pair[0] = status;
      pair[1] = count;
    }
  }
}

/** Whether a status is among the first ones of a list. */
function isAmong(status: number, statuses: readonly [number, number][], length: number): boolean {
  for (let place = 0; place < length; place += 1) {
    if (statuses[place]?.[0] === status) return true;
  }
  return false;
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

function readList<T>(reader: ByteReader, max: number, readOne: () => T): T[] {
  const list: T[] = [];
  for (let left = reader.varint(max); left > 0; left -= 1) list.push(readOne());
  return list;
}
