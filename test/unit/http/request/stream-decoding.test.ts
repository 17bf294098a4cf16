import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodingInto, type PieceTaker } from '../../../../src/http/request/stream-decoding.ts';

/** Feeds `body` a byte at a time; gives what came out, or why not. */
async function decoded(
  body: Uint8Array,
  encoding: string,
  maxBodyBytes = 100_000,
): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const taker: PieceTaker = {
      take: (bytes) => void pieces.push(Buffer.from(bytes)),
      end: () => resolve(Buffer.concat(pieces).toString()),
      fail: (failure) => resolve(`failed: ${failure}`),
    };
    const outer = decodingInto(taker, encoding, maxBodyBytes);
    const lent = new Uint8Array(1);
    for (const byte of body) {
      lent[0] = byte;
      outer.take(lent);
    }
    outer.end();
  });
}

describe('decodingInto', () => {
  const text = 'what the answer says '.repeat(20);

  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['identity', Buffer.from(text)],
    ['GZIP, br', brotliCompressSync(gzipSync(text))],
    ['unknown', Buffer.from(text)],
  ])('takes %s off a body that comes a byte at a time', async (encoding, body) => {
    expect(await decoded(body, encoding)).toBe(text);
  });

  it.each([
    ['garbage', Buffer.from('garbage'), 'gzip', 'bad response: gzip'],
    ['half of a body', gzipSync(text).subarray(0, 30), 'gzip', 'bad response: gzip'],
    [
      '6 codings',
      gzipSync(text),
      'gzip,gzip,gzip,gzip,gzip,gzip',
      'bad response: content-encoding',
    ],
    ['too much', gzipSync('x'.repeat(200_000)), 'gzip', 'body over 98 kB'],
    [
      'too much of the inner one',
      gzipSync(gzipSync('x'.repeat(200_000))),
      'gzip, gzip',
      'body over 98 kB',
    ],
  ])('fails for %s', async (_case, body, encoding, failure) => {
    expect(await decoded(body, encoding)).toBe(`failed: ${failure}`);
  });

  it('ends at once for a body of no bytes, whatever its encoding', async () => {
    expect(await decoded(Buffer.alloc(0), 'gzip')).toBe('');
  });
});
