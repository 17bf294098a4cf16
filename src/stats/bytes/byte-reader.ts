import { ProtocolError } from '../../base/errors.ts';

// ignoreBOM keeps a leading U+FEFF, which is part of the text here.
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Takes apart what `ByteWriter` built, and trusts none of it: a truncated, overlong or oversized
 * value is a `ProtocolError`, and nothing is allocated before its size was checked.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #view: DataView | undefined;
  #position = 0;

  /** @param bytes - Read in place; the caller must not change them meanwhile. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Offset of the next byte; set it to read something again. */
  get position(): number {
    return this.#position;
  }

  set position(offset: number) {
    this.#position = offset;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** One byte, 0..255. */
  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw this.#failure('ends too early');
    this.#position += 1;
    return value;
  }

  /** An integer 0..`max` (at most 2^53 - 1), both included. */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    const bytes = this.#bytes;
    const at = this.#position;
    // Hot path of the master: most numbers have one byte or two.
    const first = bytes[at] ?? 128;
    if (first < 128 && first <= max) {
      this.#position = at + 1;
      return first;
    }
    const second = bytes[at + 1] ?? 128;
    const value = (first & 127) + second * 128;
    if (first < 128 || second >= 128 || second === 0 || value > max) return this.#anyVarint(max);
    this.#position = at + 2;
    return value;
  }

  /** An integer within ±(2^52 - 1) as `ByteWriter.signedVarint` writes it. */
  signedVarint(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A finite number of 8 bytes. */
  float64(): number {
    if (this.remaining < 8) throw this.#failure('ends too early');
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#view ??= new DataView(buffer, byteOffset, byteLength);
    const value = this.#view.getFloat64(this.#position, true);
    if (!Number.isFinite(value)) throw this.#failure(`has ${value} where a number is needed`);
    this.#position += 8;
    return value;
  }

  /** A text of at most `maxBytes` bytes of UTF-8. */
  string(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    try {
      return textDecoder.decode(bytes);
    } catch (cause) {
      throw new ProtocolError(`The data has a text that is not UTF-8 at byte ${this.#position}`, {
        cause,
      });
    }
  }

  /** At most `maxBytes` bytes: a view of the input, not a copy. */
  bytes(maxBytes: number): Uint8Array {
    const length = this.varint(maxBytes);
    if (length > this.remaining) throw this.#failure('ends too early');
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  /** Goes past `bytes` of at most `maxBytes`. */
  skipBytes(maxBytes: number): void {
    const length = this.varint(maxBytes);
    if (length > this.remaining) throw this.#failure('ends too early');
    this.#position += length;
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.remaining > 0) throw this.#failure(`has ${this.remaining} bytes too many`);
  }

  #anyVarint(max: number): number {
    let value = 0;
    // Bit operations know 32 bits only, and are quicker than what follows.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      if (byte === 0 && shift > 0) throw this.#failure('has a number with needless zeros');
      value |= (byte & 127) << shift;
      if (byte < 128) return this.#atMost(max, value);
    }
    let scale = 2 ** 28;
    for (let byte = 128; byte >= 128; scale *= 128) {
      if (scale > 2 ** 49) throw this.#failure('has a number of more than 8 bytes');
      byte = this.byte();
      if (byte === 0) throw this.#failure('has a number with needless zeros');
      value += (byte & 127) * scale;
    }
    return this.#atMost(max, value);
  }

  #atMost(max: number, value: number): number {
    if (value > max) throw this.#failure(`has ${value} where at most ${max} is allowed`);
    return value;
  }

  #failure(what: string): ProtocolError {
    return new ProtocolError(`The data ${what} (byte ${this.#position} of ${this.#bytes.length})`);
  }
}
