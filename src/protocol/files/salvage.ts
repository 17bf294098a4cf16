import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { ProtocolError } from '../../base/errors.ts';
import { INTERVAL_LIMITS } from '../../stats/interval/interval-limits.ts';
import { parseWith } from '../messages/parse.ts';

/*
 * What a worker holds when it ends without its master, as a file (all numbers little-endian):
 *
 *   offset  0        8          12        16       20
 *          +--------+----------+---------+--------+------+--------+--------+----
 *          | magic  | version  | length  | CRC-32 | head | record | record | …
 *          | 8 B    | u32      | u32     | u32    | JSON |        |        |
 *          +--------+----------+---------+--------+------+--------+--------+----
 *   record: epoch u32, sequence u32, length u32, CRC-32 u32 of all the others, payload
 *
 * Every part has its length and its checksum, so that the whole parts of a torn file can be read.
 */
const MAGIC = Buffer.from('KATYDSLV', 'latin1');
const FORMAT = 1;
const PREFIX_BYTES = 20;
const RECORD_HEAD_BYTES = 16;
const MAX_HEAD_BYTES = 4096;

/** Largest salvage file that is read, in bytes: an hour of the largest intervals that occur in practice. */
export const MAX_SALVAGE_BYTES: number = 512 * 1024 * 1024;

/** The worker and the run that the intervals of a salvage file belong to. */
export interface SalvageHead {
  readonly runId: string;
  readonly workerId: string;
  readonly nodeId: string;
  /** How many intervals were written. */
  readonly intervals: number;
}

/** An interval that was not delivered. */
export interface SalvagedInterval {
  readonly epoch: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** A salvage file, read. */
export interface Salvage extends SalvageHead {
  /** The intervals that are whole, in the order in which they were written. */
  readonly whole: readonly SalvagedInterval[];
}

const head: z.ZodType<SalvageHead> = z.strictObject({
  runId: z.string().min(1).max(64),
  workerId: z.string().regex(/^w\d{1,6}$/),
  nodeId: z.string().regex(/^[\w-]{8,64}$/),
  intervals: z.int().min(0),
});

/** The parts of a salvage file, to be written one after the other. */
export function* encodeSalvage(
  whose: Omit<SalvageHead, 'intervals'>,
  intervals: readonly SalvagedInterval[],
): Generator<Uint8Array> {
  const { runId, workerId, nodeId } = whose;
  const text = JSON.stringify({ runId, workerId, nodeId, intervals: intervals.length });
  const json = Buffer.from(text, 'utf8');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(FORMAT, 8);
  prefix.writeUInt32LE(json.length, 12);
  prefix.writeUInt32LE(crc32(json), 16);
  yield prefix;
  yield json;
  for (const { epoch, sequence, payload } of intervals) {
    const record = Buffer.alloc(RECORD_HEAD_BYTES);
    record.writeUInt32LE(epoch, 0);
    record.writeUInt32LE(sequence, 4);
    record.writeUInt32LE(payload.length, 8);
    record.writeUInt32LE(checksumOf(record, payload), 12);
    yield record;
    yield payload;
  }
}

/**
 * Reads a salvage file, which anybody may have written. Where it breaks off or is damaged, the intervals
 * before that place are given: `whole` is then shorter than `intervals`.
 *
 * @throws {ProtocolError} Where it is no salvage file, is from a newer version, or names no worker.
 */
export function decodeSalvage(bytes: Uint8Array): Salvage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < PREFIX_BYTES || !file.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ProtocolError('it is no salvage file');
  }
  const format = file.readUInt32LE(8);
  if (format !== FORMAT) {
    throw new ProtocolError(`its format is ${format}, and this katydid reads ${FORMAT}`);
  }
  const length = file.readUInt32LE(12);
  const json = file.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
  if (length > MAX_HEAD_BYTES || json.length < length || crc32(json) !== file.readUInt32LE(16)) {
    throw new ProtocolError('its head is damaged');
  }
  const whose = parseWith<SalvageHead>(head, json.toString('utf8'), 'the head of a salvage file');
  return { ...whose, whole: recordsIn(file, PREFIX_BYTES + length, whose.intervals) };
}

/** The records from `offset` on, up to the first one that is damaged or breaks off. */
function recordsIn(file: Buffer, offset: number, most: number): readonly SalvagedInterval[] {
  const whole: SalvagedInterval[] = [];
  let from = offset;
  while (whole.length < most && from + RECORD_HEAD_BYTES <= file.length) {
    const record = file.subarray(from, from + RECORD_HEAD_BYTES);
    const length = record.readUInt32LE(8);
    const payloadFrom = from + RECORD_HEAD_BYTES;
    if (length > INTERVAL_LIMITS.bytes || payloadFrom + length > file.length) break;
    const payload = file.subarray(payloadFrom, payloadFrom + length);
    if (record.readUInt32LE(12) !== checksumOf(record, payload)) break;
    whole.push({ epoch: record.readUInt32LE(0), sequence: record.readUInt32LE(4), payload });
    from = payloadFrom + length;
  }
  return whole;
}

function checksumOf(record: Buffer, payload: Uint8Array): number {
  return crc32(payload, crc32(record.subarray(0, 12)));
}
