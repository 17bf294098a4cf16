import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { bodyOverName } from '../exchange/exchange.ts';
import { codingsOf } from './content-decoding.ts';

/** Takes a body piece by piece. Nothing may throw. */
export interface PieceTaker {
  /** A piece, lent until this returns. */
  take(bytes: Uint8Array): void;
  /** That was all. */
  end(): void;
  /** There is no more, for this reason: a short stable name. */
  fail(failure: string): void;
}

/** Makes a decoder for a body that begins with these bytes. */
type MakeDecoder = (first: Uint8Array) => Transform;

const DECODERS: ReadonlyMap<string, MakeDecoder> = new Map<string, MakeDecoder>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  // `deflate` is a zlib stream by the standard, and a raw one from some servers.
  ['deflate', (first) => (((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);

/**
 * Puts decoders before `taker`, as many as the body has codings. A coding that is not known leaves the body
 * as it is from there on.
 *
 * @param encoding - The `content-encoding` header; `undefined` for none.
 * @param maxBodyBytes - Length beyond which the output of each decoder fails.
 * @returns What takes the body as received.
 */
export function decodingInto(
  taker: PieceTaker,
  encoding: string | undefined,
  maxBodyBytes: number,
): PieceTaker {
  const codings = codingsOf(encoding);
  if (codings === undefined) return new FailedBody(taker, 'bad response: content-encoding');
  const known = codings.findIndex((name) => !DECODERS.has(name));
  const usable = known < 0 ? codings : codings.slice(0, known);
  let outer = taker;
  // The decoder of the last coding comes first.
  for (const name of usable.reverse()) {
    const make = DECODERS.get(name);
    if (make !== undefined) outer = new DecodingStage(name, make, outer, maxBodyBytes);
  }
  return outer;
}

/** A body that cannot be decoded at all. */
class FailedBody implements PieceTaker {
  readonly #next: PieceTaker;
  readonly #failure: string;

  constructor(next: PieceTaker, failure: string) {
    this.#next = next;
    this.#failure = failure;
  }

  take(): void {
    this.#next.fail(this.#failure);
  }

  end(): void {
    this.#next.fail(this.#failure);
  }

  fail(failure: string): void {
    this.#next.fail(failure);
  }
}

/** One decoder; made with the first piece, since a body of no bytes is none that could be decoded. */
class DecodingStage implements PieceTaker {
  readonly #name: string;
  readonly #make: MakeDecoder;
  readonly #next: PieceTaker;
  readonly #maxBodyBytes: number;
  #restBytes: number;
  #decoder: Transform | undefined = undefined;
  #isOver = false;

  constructor(name: string, make: MakeDecoder, next: PieceTaker, maxBodyBytes: number) {
    this.#name = name;
    this.#make = make;
    this.#next = next;
    this.#restBytes = maxBodyBytes;
    this.#maxBodyBytes = maxBodyBytes;
  }

  take(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#decoder ??= this.#open(bytes);
    this.#decoder.write(Buffer.from(bytes));
  }

  end(): void {
    if (this.#isOver) return;
    if (this.#decoder === undefined) this.#next.end();
    else this.#decoder.end();
  }

  fail(failure: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#decoder?.destroy();
    this.#next.fail(failure);
  }

  #open(first: Uint8Array): Transform {
    const decoder = this.#make(first);
    decoder.on('data', (bytes: Buffer) => {
      if (this.#isOver) return;
      this.#restBytes -= bytes.length;
      if (this.#restBytes < 0) this.fail(bodyOverName(this.#maxBodyBytes));
      else this.#next.take(bytes);
    });
    decoder.on('end', () => {
      if (!this.#isOver) this.#next.end();
    });
    decoder.on('error', () => this.fail(`bad response: ${this.#name}`));
    return decoder;
  }
}
