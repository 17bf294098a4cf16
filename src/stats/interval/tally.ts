import { ProtocolError } from '../../base/errors.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { INTERVAL_LIMITS } from './interval-limits.ts';

/*
 * A tally in bytes; numbers are varints, texts UTF-8 with their length before them:
 *
 *   version (1 byte) · second (signed)
 *   n, then n names:  method name; each takes the next number, from 0
 *   n, then n counts: number of the name · exchanges sent
 *
 * The same bytes go over the wire, where a name is told once on each connection, and into the run file,
 * where one tally has everything.
 */

const VERSION = 1;

/** The largest tally that a master reads, in bytes. */
export const MAX_TALLY_BYTES: number = 4 * 2 ** 20;

/** What has changed since the tally before. */
export interface TallyUpdate {
  /** The second of the run that was on. An interval of that second, or of a later one, knows more. */
  readonly second: number;
  /** Names first seen since the last tally; each takes the next number. */
  readonly newNames: readonly { readonly method: string; readonly name: string }[];
  /** Exchanges sent under one lease so far, of names whose count has changed. */
  readonly counts: readonly { readonly index: number; readonly sent: number }[];
}

/** Exchanges sent under one name. */
export interface SentUnderName {
  readonly method: string;
  readonly name: string;
  readonly sent: number;
}

/**
 * What a worker has sent under one lease, by name, when it was last heard of. Where the worker is given up
 * for lost, exchanges in it that are in none of its intervals have an unknown end.
 */
export class TallyBook {
  readonly #names: { readonly method: string; readonly name: string }[] = [];
  readonly #sent: number[] = [];
  #second = Number.NEGATIVE_INFINITY;
  #total = 0;

  /** Second of the run that was on at the last update; negative infinity before the first. */
  get second(): number {
    return this.#second;
  }

  /** Exchanges sent, over all names. */
  get total(): number {
    return this.#total;
  }

  /** Takes an update. @throws {ProtocolError} Where it counts a number that no name has taken. */
  apply({ second, newNames, counts }: TallyUpdate): void {
    if (this.#names.length + newNames.length > INTERVAL_LIMITS.names) {
      throw new ProtocolError(`a tally of more than ${INTERVAL_LIMITS.names} names`);
    }
    for (const name of newNames) {
      this.#names.push(name);
      this.#sent.push(0);
    }
    for (const { index, sent } of counts) {
      const before = this.#sent[index];
      if (before === undefined) throw new ProtocolError(`a tally counts name ${index}`);
      this.#sent[index] = sent;
      this.#total += sent - before;
    }
    this.#second = second;
  }

  /** Exchanges sent so far, by name. */
  entries(): readonly SentUnderName[] {
    return this.#names.map((name, index) => ({ ...name, sent: this.#sent[index] ?? 0 }));
  }

  /** Everything sent so far, as one update for a book that has nothing yet. */
  whole(): TallyUpdate {
    return {
      second: this.#second,
      newNames: this.#names,
      counts: this.#sent.map((sent, index) => ({ index, sent })),
    };
  }
}

/** The bytes of an update: about 3 for each count, and its text for each new name. */
export function encodeTally({ second, newNames, counts }: TallyUpdate): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(32 + 32 * newNames.length + 6 * counts.length);
  writer.byte(VERSION);
  writer.signedVarint(second);
  writer.varint(newNames.length);
  for (const { method, name } of newNames) {
    writer.string(method);
    writer.string(name);
  }
  writer.varint(counts.length);
  for (const { index, sent } of counts) {
    writer.varint(index);
    writer.varint(sent);
  }
  return writer.finish();
}

/**
 * Reads what `encodeTally` made.
 *
 * @throws {ProtocolError} Where the bytes are anything else.
 */
export function decodeTally(bytes: Uint8Array): TallyUpdate {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new ProtocolError(`a tally has format ${version}`);
  const second = reader.signedVarint();
  if (Math.abs(second) > INTERVAL_LIMITS.second) throw new ProtocolError('a tally of no second');
  const newNames: { method: string; name: string }[] = [];
  for (let left = reader.varint(INTERVAL_LIMITS.names); left > 0; left -= 1) {
    const method = reader.string(INTERVAL_LIMITS.methodBytes);
    newNames.push({ method, name: reader.string(INTERVAL_LIMITS.nameBytes) });
  }
  const counts: { index: number; sent: number }[] = [];
  for (let left = reader.varint(INTERVAL_LIMITS.names); left > 0; left -= 1) {
    const index = reader.varint(INTERVAL_LIMITS.names);
    counts.push({ index, sent: reader.varint() });
  }
  reader.end();
  return { second, newNames, counts };
}

/** Reads a tally that has everything, as run files keep it. Errors as for `decodeTally`. */
export function tallyOf(bytes: Uint8Array): TallyBook {
  const book = new TallyBook();
  book.apply(decodeTally(bytes));
  return book;
}
