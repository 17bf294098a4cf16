import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { bodyOverName } from '../exchange/exchange.ts';

/** Content codings that may be stacked on one answer; more is an attack or a mistake. */
const MAX_CODINGS = 5;

/** A decoded body, or why there is none. */
export interface DecodedBody {
  readonly body: Uint8Array;
  /** Short stable name; `undefined` where it went well. */
  readonly failure: string | undefined;
}

type Decoder = (body: Uint8Array, limits: { maxOutputLength: number }) => Uint8Array;

/** `deflate` is a zlib stream by the standard and a raw one from some servers. */
const inflate: Decoder = (body, limits) => {
  const header = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
  const isZlib = (header & 0x0f00) === 0x0800 && header % 31 === 0;
  return isZlib ? inflateSync(body, limits) : inflateRawSync(body, limits);
};

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflate],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
]);

/**
 * The codings of a body in lower case, the one to be taken off first in front.
 *
 * @param encoding - The `content-encoding` header; `undefined` for none.
 * @returns `undefined` where there are too many.
 */
export function codingsOf(encoding: string | undefined): string[] | undefined {
  const codings = encoding?.toLowerCase().split(',').reverse() ?? [];
  if (codings.length > MAX_CODINGS) return undefined;
  return codings.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
}

/**
 * Takes the content encoding off a body. It is synchronous, since answers are small and the thread pool
 * would cost more than it saves. A coding that is not known leaves the body as it is from there on.
 *
 * @param encoding - The `content-encoding` header.
 */
export function decodeContent(
  body: Uint8Array,
  encoding: string | undefined,
  maxBodyBytes: number,
): DecodedBody {
  if (encoding === undefined || body.length === 0) return { body, failure: undefined };
  const codings = codingsOf(encoding);
  if (codings === undefined) return { body, failure: 'bad response: content-encoding' };
  let decoded = body;
  for (const name of codings) {
    const decode = DECODERS.get(name);
    if (decode === undefined) break;
    try {
      decoded = decode(decoded, { maxOutputLength: maxBodyBytes });
    } catch (error) {
      const isTooLong =
        error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      return { body, failure: isTooLong ? bodyOverName(maxBodyBytes) : `bad response: ${name}` };
    }
  }
  return { body: decoded, failure: undefined };
}
