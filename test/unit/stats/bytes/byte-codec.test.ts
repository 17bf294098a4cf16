import { describe, expect, it } from 'vitest';
import { InternalError, ProtocolError } from '../../../../src/base/errors.ts';
import { ByteReader } from '../../../../src/stats/bytes/byte-reader.ts';
import { ByteWriter } from '../../../../src/stats/bytes/byte-writer.ts';

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.finish();
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

describe('ByteWriter and ByteReader', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49, 2 ** 53 - 1])(
    'carry %d as a varint',
    (value) => {
      const encoded = written((writer) => writer.varint(value));
      const reader = new ByteReader(encoded);

      expect(reader.varint()).toBe(value);
      expect(encoded.length).toBe(Math.ceil(value.toString(2).length / 7));
      reader.end();
    },
  );

  it.each([0, -1, 1, -64, 64, 2 ** 52 - 1, -(2 ** 52) + 1])('carry %d with its sign', (value) => {
    const reader = new ByteReader(written((writer) => writer.signedVarint(value)));

    expect(reader.signedVarint()).toBe(value);
  });

  it('carry texts, bytes, floats and single bytes in order', () => {
    const reader = new ByteReader(
      written((writer) => {
        writer.string('\uFEFFgrüße 👋\0');
        writer.bytes(bytes(1, 2, 3));
        writer.float64(-0.1);
        writer.byte(255);
      }),
    );

    expect(reader.string(100)).toBe('\uFEFFgrüße 👋\0');
    expect(reader.bytes(3)).toEqual(bytes(1, 2, 3));
    expect(reader.float64()).toBe(-0.1);
    expect(reader.byte()).toBe(255);
    reader.end();
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuse to write %d as a varint',
    (value) => {
      expect(() => new ByteWriter().varint(value)).toThrow(InternalError);
    },
  );

  it.each<[string, Uint8Array, (reader: ByteReader) => void]>([
    ['nothing where a byte is needed', bytes(), (reader) => reader.byte()],
    ['a varint that does not end', bytes(128, 128), (reader) => reader.varint()],
    ['a varint of 9 bytes', bytes(...new Array(8).fill(255), 1), (reader) => reader.varint()],
    ['a varint past 2^53', bytes(...new Array(7).fill(255), 127), (reader) => reader.varint()],
    ['a varint with a needless zero', bytes(129, 0), (reader) => reader.varint()],
    ['a varint above its limit', bytes(11), (reader) => reader.varint(10)],
    ['half a float', bytes(0, 0, 0, 0), (reader) => reader.float64()],
    ['NaN', bytes(0, 0, 0, 0, 0, 0, 248, 127), (reader) => reader.float64()],
    ['a text longer than the data', bytes(5, 65), (reader) => reader.string(10)],
    ['a text longer than its limit', bytes(3, 65, 65, 65), (reader) => reader.string(2)],
    ['a text that is not UTF-8', bytes(1, 255), (reader) => reader.string(10)],
    ['bytes left over', bytes(0), (reader) => reader.end()],
  ])('refuse to read %s', (_, encoded, read) => {
    expect(() => read(new ByteReader(encoded))).toThrow(ProtocolError);
  });

  it('reads a view that begins inside its buffer', () => {
    const encoded = written((writer) => writer.float64(1.5));
    const buffer = new Uint8Array(20);
    buffer.set(encoded, 5);

    expect(new ByteReader(buffer.subarray(5, 13)).float64()).toBe(1.5);
  });
});
