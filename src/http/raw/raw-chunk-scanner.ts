/**
 * Reads the chunked coding: sizes with extensions, and trailers, both of which are passed over. Hot for
 * answers in chunks; one small number of state, no allocation.
 */
import { HEX_VALUES, TEXT_BYTES, TOKEN_BYTES } from './raw-characters.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const SEMICOLON = 59;

const State = {
  /** At the first digit of a size. */
  SIZE: 0,
  DIGITS: 1,
  EXTENSION: 2,
  SIZE_LF: 3,
  DATA: 4,
  DATA_CR: 5,
  DATA_LF: 6,
  /** At the first byte of a trailer line: a name, or the CR of the empty line. */
  TRAILER: 7,
  TRAILER_NAME: 8,
  TRAILER_VALUE: 9,
  TRAILER_LF: 10,
  LAST_LF: 11,
  DONE: 12,
  /** In blanks behind a size, which only an extension may follow. */
  BEFORE_EXTENSION: 13,
  /** As `TRAILER`, but behind another trailer, so that a blank goes on with that one. */
  NEXT_TRAILER: 14,
} as const;

/** Longest extension of one chunk, and longest trailers of an answer. */
const MAX_EXTENSION_BYTES = 16 * 1024;
const MAX_TRAILER_BYTES = 64 * 1024;
/** No answer has such a chunk; well below where sizes stop being exact. */
const MAX_CHUNK_BYTES = 2 ** 48;

/** The frame around the data of one chunked body after the other. */
export class ChunkScanner {
  /** Bytes of the current chunk's data that are still to come. */
  restBytes = 0;
  /** What is wrong, without `bad response: `; `undefined` where nothing is. */
  problem: string | undefined = undefined;
  #state: number = State.SIZE;
  #sideBytes = 0;

  /** Forgets everything: a chunked body begins. */
  reset(): void {
    this.restBytes = 0;
    this.problem = undefined;
    this.#state = State.SIZE;
    this.#sideBytes = 0;
  }

  /** Whether the last chunk and the trailers are through. */
  get isDone(): boolean {
    return this.#state === State.DONE;
  }

  /** Whether the next bytes are data: `restBytes` of them. */
  get isInData(): boolean {
    return this.#state === State.DATA;
  }

  /** The reader has taken `count` bytes of data, at most `restBytes`. */
  take(count: number): void {
    this.restBytes -= count;
    if (this.restBytes === 0) this.#state = State.DATA_CR;
  }

  /** Goes on at `from`, to data, the end, a problem or `to`; returns where it stopped. */
  scan(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to && this.#state !== State.DATA && this.#state !== State.DONE) {
      this.#step(bytes[at] ?? 0);
      if (this.problem !== undefined) break;
      at += 1;
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case State.SIZE:
      case State.DIGITS:
        this.#size(byte);
        break;
      case State.EXTENSION:
      case State.BEFORE_EXTENSION:
        this.#extension(byte);
        break;
      case State.SIZE_LF:
        this.#expect(byte === LF, this.restBytes === 0 ? State.TRAILER : State.DATA);
        break;
      case State.DATA_CR:
        this.#expect(byte === CR, State.DATA_LF);
        break;
      case State.DATA_LF:
        this.#expect(byte === LF, State.SIZE);
        this.#sideBytes = 0;
        break;
      default:
        this.#trailer(byte);
    }
  }

  #size(byte: number): void {
    const digit = HEX_VALUES[byte] ?? 255;
    if (digit < 16) {
      this.restBytes = (this.#state === State.SIZE ? 0 : this.restBytes * 16) + digit;
      this.#state = State.DIGITS;
      if (this.restBytes > MAX_CHUNK_BYTES) this.problem = 'invalid chunk size';
    } else if (this.#state === State.SIZE) this.problem = 'invalid chunk size';
    else if (byte === CR) this.#state = State.SIZE_LF;
    else if (byte === SEMICOLON) this.#state = State.EXTENSION;
    else if (byte === SPACE || byte === TAB) this.#state = State.BEFORE_EXTENSION;
    else this.problem = 'invalid chunk size';
  }

  #extension(byte: number): void {
    this.#sideBytes += 1;
    if (this.#state === State.BEFORE_EXTENSION) {
      if (byte === SEMICOLON) this.#state = State.EXTENSION;
      else if (byte !== SPACE && byte !== TAB) this.problem = 'invalid chunk size';
    } else if (byte === CR) this.#state = State.SIZE_LF;
    else if (TEXT_BYTES[byte] !== 1) this.problem = 'invalid chunk extension';
    if (this.#sideBytes > MAX_EXTENSION_BYTES) this.problem = 'chunk extension over 16 kB';
  }

  #trailer(byte: number): void {
    this.#sideBytes += 1;
    if (this.#sideBytes > MAX_TRAILER_BYTES) this.problem = 'trailers over 64 kB';
    switch (this.#state) {
      case State.NEXT_TRAILER:
      case State.TRAILER:
        if (byte === CR) this.#state = State.LAST_LF;
        else if (this.#state === State.NEXT_TRAILER && (byte === SPACE || byte === TAB)) {
          this.#state = State.TRAILER_VALUE;
        } else {
          const name = byte === SPACE || byte === TAB ? 'folded header' : 'invalid header name';
          this.#expect(TOKEN_BYTES[byte] === 1, State.TRAILER_NAME, name);
        }
        break;
      case State.TRAILER_NAME:
        if (byte === COLON) this.#state = State.TRAILER_VALUE;
        else this.#expect(TOKEN_BYTES[byte] === 1, State.TRAILER_NAME, 'invalid header name');
        break;
      case State.TRAILER_VALUE:
        if (byte === CR) this.#state = State.TRAILER_LF;
        else this.#expect(TEXT_BYTES[byte] === 1, State.TRAILER_VALUE, 'invalid character');
        break;
      case State.TRAILER_LF:
        this.#expect(byte === LF, State.NEXT_TRAILER, 'CR without LF');
        break;
      default:
        // LAST_LF
        this.#expect(byte === LF, State.DONE, 'CR without LF');
    }
  }

  #expect(isSo: boolean, next: number, problem = 'invalid chunk'): void {
    if (isSo) this.#state = next;
    else this.problem = problem;
  }
}
