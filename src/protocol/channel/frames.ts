import { ProtocolError } from '../../base/errors.ts';
import { CHUNK_BYTES } from './version.ts';

/*
 * Binary messages, all numbers little-endian:
 *
 *   offset  0      1        5        9          13         17
 *          +------+--------+--------+----------+----------+---------
 *          | kind | epoch  | number | chunk    | chunks   | payload
 *          | u8   | u32    | u32    | u32      | u32      | <= 64 kB
 *          +------+--------+--------+----------+----------+---------
 *
 * kind 1: an interval of a worker; (epoch, number) name it. kind 2: the run's script; both 0. kind 3: a
 * tally of what a worker has sent; number is 0.
 * The chunks of one blob follow each other in order on one connection.
 */
const HEADER_BYTES = 17;

/** What a blob is. */
export type BlobKind = 'interval' | 'script' | 'tally';

const KIND_CODES: Readonly<Record<BlobKind, number>> = { interval: 1, script: 2, tally: 3 };

/** A blob put together again from its chunks. */
export interface Blob {
  readonly kind: BlobKind;
  readonly epoch: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Cuts a blob into messages of at most `CHUNK_BYTES` and a header each. */
export function blobFrames(blob: Blob): Uint8Array[] {
  const chunks = Math.max(1, Math.ceil(blob.bytes.length / CHUNK_BYTES));
  const frames: Uint8Array[] = [];
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const payload = blob.bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    const frame = new Uint8Array(HEADER_BYTES + payload.length);
    const view = new DataView(frame.buffer);
    view.setUint8(0, KIND_CODES[blob.kind]);
    view.setUint32(1, blob.epoch, true);
    view.setUint32(5, blob.number, true);
    view.setUint32(9, chunk, true);
    view.setUint32(13, chunks, true);
    frame.set(payload, HEADER_BYTES);
    frames.push(frame);
  }
  return frames;
}

/** Whether the first byte of a binary message names this kind. */
export function isOfKind(frame: Uint8Array, kind: BlobKind): boolean {
  return frame[0] === KIND_CODES[kind];
}

/** Puts the chunks of one kind of blob together, as they arrive on one connection. */
export class BlobAssembler {
  readonly #kind: BlobKind;
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #epoch = 0;
  #number = 0;
  #total = 0;

  /** @param maxBytes - Largest blob accepted; a larger one is a `ProtocolError` before it is held. */
  constructor(kind: BlobKind, maxBytes: number) {
    this.#kind = kind;
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes one message.
   *
   * @returns The blob, where this was its last chunk; the caller may keep it.
   * @throws {ProtocolError} On anything but the next chunk of a blob of the expected kind.
   */
  push(frame: Uint8Array): Blob | undefined {
    if (frame.length < HEADER_BYTES) throw new ProtocolError('a binary message without its header');
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (view.getUint8(0) !== KIND_CODES[this.#kind]) {
      throw new ProtocolError(`an unexpected binary message of kind ${view.getUint8(0)}`);
    }
    const chunk = view.getUint32(9, true);
    if (chunk === 0 && this.#chunks.length === 0) this.#begin(view);
    const expected =
      chunk === this.#chunks.length &&
      view.getUint32(1, true) === this.#epoch &&
      view.getUint32(5, true) === this.#number &&
      view.getUint32(13, true) === this.#total;
    if (!expected) throw new ProtocolError('chunks of a binary message are out of order');
    const payload = frame.slice(HEADER_BYTES);
    this.#bytes += payload.length;
    if (this.#bytes > this.#maxBytes) {
      throw new ProtocolError(`a binary message of more than ${this.#maxBytes} bytes`);
    }
    this.#chunks.push(payload);
    return this.#chunks.length === this.#total ? this.#complete() : undefined;
  }

  #begin(view: DataView): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#epoch = view.getUint32(1, true);
    this.#number = view.getUint32(5, true);
    this.#total = view.getUint32(13, true);
    if (this.#total < 1 || (this.#total - 1) * CHUNK_BYTES > this.#maxBytes) {
      throw new ProtocolError(`a binary message of ${this.#total} chunks`);
    }
  }

  #complete(): Blob {
    const [only] = this.#chunks;
    const bytes =
      this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#total = 0;
    return { kind: this.#kind, epoch: this.#epoch, number: this.#number, bytes };
  }
}
