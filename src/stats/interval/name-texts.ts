import type { ByteReader } from '../bytes/byte-reader.ts';
import { INTERVAL_LIMITS } from './interval-limits.ts';

/** Places for names, a power of two: with 1,000 names, 1 in 16 has to share its place. */
const PLACES = 16_384;
/** Longer texts, which no recorder sends, are decoded anew each time. */
const MAX_BYTES = 2000;

/** Method and name of a request, and the bytes that they were read from. */
interface NameText {
  readonly bytes: Uint8Array;
  readonly method: string;
  readonly name: string;
}

/**
 * Makes the texts of a request name from bytes. Every interval brings the same names again, so the
 * last ones read are kept, and the same bytes give the same strings without decoding them. Bounded:
 * two names whose bytes have one hash take turns.
 */
export class NameTexts {
  readonly #places: (NameText | undefined)[] = new Array(PLACES).fill(undefined);

  /** Reads method and name. @throws {ProtocolError} As `ByteReader.string` does. */
  read(bytes: Uint8Array, reader: ByteReader): { readonly method: string; readonly name: string } {
    const start = reader.position;
    reader.skipBytes(INTERVAL_LIMITS.methodBytes);
    reader.skipBytes(INTERVAL_LIMITS.nameBytes);
    const end = reader.position;
    const place = hashOf(bytes, start, end) % PLACES;
    const known = this.#places[place];
    if (known !== undefined && isEqual(known.bytes, bytes, start, end)) return known;
    reader.position = start;
    const method = reader.string(INTERVAL_LIMITS.methodBytes);
    const name = reader.string(INTERVAL_LIMITS.nameBytes);
    const text = { bytes: bytes.slice(start, end), method, name };
    if (end - start <= MAX_BYTES) this.#places[place] = text;
    return text;
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  // The low bits alone change too little from one number at a name's end to the next.
  return (hash ^ (hash >>> 15)) >>> 0;
}

function isEqual(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at += 1) {
    if (known[at] !== bytes[start + at]) return false;
  }
  return true;
}
