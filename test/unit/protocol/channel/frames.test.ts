import { describe, expect, it } from 'vitest';
import { type Blob, BlobAssembler, blobFrames } from '../../../../src/protocol/channel/frames.ts';
import { CHUNK_BYTES } from '../../../../src/protocol/channel/version.ts';

const interval = (bytes: Uint8Array, number = 1): Blob => ({
  kind: 'interval',
  epoch: 2,
  number,
  bytes,
});

/** A frame as an attacker may write it. */
function frame(fields: {
  kind?: number;
  epoch?: number;
  number?: number;
  chunk?: number;
  chunks?: number;
  payloadBytes?: number;
}): Uint8Array {
  const { kind = 1, epoch = 1, number = 1, chunk = 0, chunks = 1, payloadBytes = 4 } = fields;
  const bytes = new Uint8Array(17 + payloadBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  [epoch, number, chunk, chunks].forEach((value, index) => {
    view.setUint32(1 + 4 * index, value, true);
  });
  return bytes;
}

const protocolError = (message: string): unknown =>
  expect.objectContaining({ code: 'KAT_PROTOCOL', message: expect.stringContaining(message) });

describe('blobFrames', () => {
  it('writes kind, epoch, number, chunk and chunks little-endian before the payload', () => {
    const [only] = blobFrames({
      kind: 'interval',
      epoch: 0x01020304,
      number: 5,
      bytes: Uint8Array.of(9, 8),
    });
    expect([...(only ?? [])]).toEqual([1, 4, 3, 2, 1, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 8]);
  });

  it.each([
    [0, 1],
    [1, 1],
    [CHUNK_BYTES, 1],
    [CHUNK_BYTES + 1, 2],
    [3 * CHUNK_BYTES, 3],
  ])('cuts %i bytes into %i frames that give the same bytes again', (length, count) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
    const frames = blobFrames(interval(bytes));
    const assembler = new BlobAssembler('interval', 10 * CHUNK_BYTES);
    const blobs = frames.map((each) => assembler.push(each));
    expect(frames).toHaveLength(count);
    expect(blobs.slice(0, -1).every((blob) => blob === undefined)).toBe(true);
    expect(blobs.at(-1)).toMatchObject({ kind: 'interval', epoch: 2, number: 1 });
    expect(Buffer.compare(blobs.at(-1)?.bytes ?? new Uint8Array(), bytes)).toBe(0);
  });
});

describe('BlobAssembler', () => {
  it('gives bytes that are the caller’s own', () => {
    const source = frame({ payloadBytes: 2 });
    const blob = new BlobAssembler('interval', 100).push(source);
    source.fill(255);
    expect([...(blob?.bytes ?? [])]).toEqual([0, 0]);
  });

  it.each([
    ['without its header', [new Uint8Array(16)]],
    ['without its header', [new Uint8Array(0)]],
    ['unexpected binary message of kind 2', [frame({ kind: 2 })]],
    ['unexpected binary message of kind 0', [frame({ kind: 0 })]],
    ['of 0 chunks', [frame({ chunks: 0 })]],
    ['of 4294967295 chunks', [frame({ chunks: 2 ** 32 - 1 })]],
    ['out of order', [frame({ chunk: 1, chunks: 2 })]],
    ['out of order', [frame({ chunks: 2 }), frame({ chunks: 2 })]],
    ['out of order', [frame({ chunks: 2 }), frame({ number: 2 })]],
    ['out of order', [frame({ chunks: 3 }), frame({ chunk: 2, chunks: 3 })]],
    ['out of order', [frame({ chunks: 2 }), frame({ chunk: 1, chunks: 2, number: 9 })]],
    ['out of order', [frame({ chunks: 2 }), frame({ chunk: 1, chunks: 2, epoch: 9 })]],
    ['out of order', [frame({ chunks: 3 }), frame({ chunk: 1, chunks: 2 })]],
    ['of more than 1000 bytes', [frame({ payloadBytes: 1001 })]],
  ])('refuses a message %s', (message, frames) => {
    const assembler = new BlobAssembler(
      'interval',
      1000 + (frames.length > 1 ? 3 * CHUNK_BYTES : 0),
    );
    const push = (): void => {
      for (const each of frames) assembler.push(each);
    };
    expect(push).toThrowError(protocolError(message));
  });

  it('refuses what is announced as too large before it holds any of it', () => {
    const assembler = new BlobAssembler('interval', 2 * CHUNK_BYTES);
    expect(() => assembler.push(frame({ chunks: 4 }))).toThrowError(protocolError('of 4 chunks'));
  });

  it('takes one blob after the other', () => {
    const assembler = new BlobAssembler('interval', 1000);
    expect(assembler.push(frame({ number: 1 }))?.number).toBe(1);
    expect(assembler.push(frame({ number: 2 }))?.number).toBe(2);
  });
});
