import { ByteReader } from '../../stats/bytes/byte-reader.ts';
import { ByteWriter } from '../../stats/bytes/byte-writer.ts';
import { scanSums, writeSums } from '../../stats/interval/name-counts.ts';
import { SCHEMA_VERSION } from '../file/schema.ts';
import type { NameMap } from '../record/name-map.ts';
import { createLeaseName, type LeaseName, mergeLeaseName } from './run-folding.ts';

/*
 * The names of a lease in bytes, all numbers varints:
 *
 *   n, then n names: number in the table `names` · sequence + 1 · inFlight
 *                    · the counters that add up, as in `name-counters.ts`
 */

/** Encodes the names of a lease; names without a number get one. */
export function encodeLeaseNames(
  names: readonly LeaseName[],
  ids: { nameId(method: string, name: string): number },
): Uint8Array {
  const writer = new ByteWriter(16 * names.length);
  writer.varint(names.length);
  for (const entry of names) {
    writer.varint(ids.nameId(entry.method, entry.name));
    writer.varint(entry.sequence + 1);
    writer.varint(entry.inFlight);
    writeSums(writer, entry);
  }
  return writer.finish();
}

/**
 * Adds what `encodeLeaseNames` made to the names of the same lease.
 *
 * @param fileVersion - Format of the run file that they are in.
 * @throws {ProtocolError} Where the bytes are something else.
 */
export function addLeaseNames(
  bytes: Uint8Array,
  into: NameMap<LeaseName>,
  ids: { nameOf(id: number): { readonly method: string; readonly name: string } },
  fileVersion: number = SCHEMA_VERSION,
): void {
  const reader = new ByteReader(bytes);
  for (let left = reader.varint(); left > 0; left -= 1) {
    const { method, name } = ids.nameOf(reader.varint());
    const stored = createLeaseName(method, name);
    const sequence = reader.varint() - 1;
    stored.inFlight = reader.varint();
    scanSums(reader, fileVersion, stored);
    mergeLeaseName(into.entryOf(method, name, createLeaseName), stored, sequence);
  }
  reader.end();
}
