import { assert } from '../../base/errors.ts';

const textEncoder = new TextEncoder();

/**
 * Builds a sequence of bytes that `ByteReader` takes apart again; grows as needed.
 *
 * Numbers are varints: 7 bits a byte, lowest first, the top bit set on all bytes but the last.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param initialBytes - Room to begin with; a guess close to the result saves copying. */
  constructor(initialBytes = 256) {
    this.#bytes = new Uint8Array(Math.max(initialBytes, 16));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** One byte, 0..255. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** An integer 0..2^53 - 1, in 1 to 8 bytes; anything else is a `KAT_INTERNAL` error. */
  varint(value: number): void {
    if (value >= 0 && value < 128 && Number.isInteger(value)) {
      this.byte(value);
      return;
    }
    assert(Number.isSafeInteger(value) && value >= 0, `cannot write ${value} as a varint`);
    this.#reserve(8);
    let rest = value;
    // Bit operations know 32 bits only.
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.#push((rest % 128) | 128);
    for (; rest >= 128; rest >>>= 7) this.#push((rest & 127) | 128);
    this.#push(rest);
  }

  /** An integer within ±(2^52 - 1), small for values near 0 of either sign. */
  signedVarint(value: number): void {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1);
  }

  /** Any number, in 8 bytes. */
  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Length and UTF-8; a lone surrogate becomes U+FFFD. */
  string(text: string): void {
    // In place, behind a length of one byte, where it certainly is that short.
    if (text.length > 42) {
      this.bytes(textEncoder.encode(text));
      return;
    }
    this.#reserve(128);
    const start = this.#length + 1;
    const { written } = textEncoder.encodeInto(text, this.#bytes.subarray(start));
    this.#push(written);
    this.#length += written;
  }

  /** Length and bytes; `bytes` is copied. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Forgets what was written and keeps the memory, for use again. */
  clear(): void {
    this.#length = 0;
  }

  /** A copy of everything written, the caller's to keep. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  #push(value: number): void {
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  #reserve(extraBytes: number): void {
    const needed = this.#length + extraBytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
