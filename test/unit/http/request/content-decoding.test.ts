import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../../../../src/http/request/content-decoding.ts';

const LIMIT = 1024 * 1024;

describe('decodeContent', () => {
  it('leaves a body without encoding as it is, not a copy', () => {
    const body = Buffer.from('x');

    expect(decodeContent(body, undefined, LIMIT).body).toBe(body);
  });

  it('leaves a body with an unknown encoding as it is', () => {
    expect(decodeContent(Buffer.from('x'), 'rot13', LIMIT)).toEqual({
      body: Buffer.from('x'),
      failure: undefined,
    });
  });

  it('needs no bytes for an empty body, as after HEAD', () => {
    expect(decodeContent(Buffer.alloc(0), 'gzip', LIMIT).failure).toBeUndefined();
  });

  it('fails a body cut short', () => {
    const cut = gzipSync('hello hello hello').subarray(0, 20);

    expect(decodeContent(cut, 'gzip', LIMIT).failure).toBe('bad response: gzip');
  });

  it('fails 1 byte over the limit, and not at the limit', () => {
    const packed = gzipSync(Buffer.alloc(2048));

    expect(decodeContent(packed, 'gzip', 2048).failure).toBeUndefined();
    expect(decodeContent(packed, 'gzip', 2047).failure).toBe('body over 2 kB');
  });

  it('refuses 6 encodings on top of each other', () => {
    const encoding = 'gzip, gzip, gzip, gzip, gzip, gzip';

    expect(decodeContent(Buffer.from('x'), encoding, LIMIT).failure).toBe(
      'bad response: content-encoding',
    );
  });

  it('throws for no bytes and no encoding', () => {
    const encoding = fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'gzip, br', ' , ', 'x');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), encoding, (body, name) => {
        expect(decodeContent(body, name, LIMIT).body).toBeInstanceOf(Uint8Array);
      }),
      { numRuns: 300 },
    );
  });
});
