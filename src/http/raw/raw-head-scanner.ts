/**
 * Reads heads of answers, byte by byte and as strictly as llhttp. Hot for heads that were not seen
 * before: no allocation but the facts' own fields, one table look-up a byte. Guarded by the differential
 * tests against undici.
 */
import { HEX_VALUES, isNameAt, TEXT_BYTES, TOKEN_BYTES } from './raw-characters.ts';
import type { HeadFacts } from './raw-head.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;

/** Where the scanner is; the bytes that lead on are given. */
const State = {
  /** Before the status line: CR and LF are passed over. */
  BEFORE: 0,
  /** In `HTTP/1.x NNN`. */
  VERSION: 1,
  /** Behind the status: a space or CR. */
  AFTER_STATUS: 2,
  REASON: 3,
  /** Behind the CR of a line: LF. */
  LINE_LF: 4,
  /** At the first byte of a line: a name, or the CR of the empty line. */
  LINE: 5,
  NAME: 6,
  /** Blanks before a value. */
  BEFORE_VALUE: 7,
  VALUE: 8,
  /** Behind the CR of the empty line: LF. */
  LAST_LF: 9,
  DONE: 10,
} as const;

/** Longest status line up to and including the status. */
const VERSION_TEXT = 'HTTP/1.1 200';
const MINOR_AT = 7;
const STATUS_AT = 9;
/** Beyond it, numbers are not exact any more; no body is as long. */
const MAX_LENGTH = Number.MAX_SAFE_INTEGER;

/** Reads one head after the other; a head may come in any number of pieces. */
export class HeadScanner implements HeadFacts {
  status = 0;
  isHttp10 = false;
  contentLength = -1;
  hasTransferEncoding = false;
  isChunked = false;
  saysClose = false;
  saysKeepAlive = false;
  keepAliveMs = -1;
  hasCookies = false;
  hasEncoding = false;
  /** What is wrong with the head, without `bad response: `; `undefined` where nothing is. */
  problem: string | undefined = undefined;
  #state: number = State.BEFORE;
  #startAt = 0;
  #nameAt = 0;
  #nameEnd = 0;
  #valueAt = 0;
  /** Where the value of the line before ends. It is not taken in yet, since it may go on in the next line; -1 for none. */
  #valueEnd = -1;
  #hasChunked = false;

  /** Forgets everything: a head begins. */
  reset(): void {
    this.status = 0;
    this.isHttp10 = false;
    this.contentLength = -1;
    this.hasTransferEncoding = false;
    this.isChunked = false;
    this.saysClose = false;
    this.saysKeepAlive = false;
    this.keepAliveMs = -1;
    this.hasCookies = false;
    this.hasEncoding = false;
    this.problem = undefined;
    this.#state = State.BEFORE;
    this.#startAt = 0;
    this.#valueEnd = -1;
    this.#hasChunked = false;
  }

  /** Whether the empty line was read. */
  get isDone(): boolean {
    return this.#state === State.DONE;
  }

  /** Whether no byte of the status line came yet. */
  get isBefore(): boolean {
    return this.#state === State.BEFORE;
  }

  /** Where the status line begins, in the bytes given to `scan` last. */
  get startAt(): number {
    return this.#startAt;
  }

  /** The bytes seen so far have moved: what was at `from` is now at 0. */
  rebase(from: number): void {
    this.#startAt -= from;
    this.#nameAt -= from;
    this.#nameEnd -= from;
    this.#valueAt -= from;
    if (this.#valueEnd >= 0) this.#valueEnd -= from;
  }

  /**
   * Goes on at `from`, to the end of the head, a problem or `to`.
   *
   * @param bytes - What was scanned of this head before is still in there, at the same places.
   * @returns Where it stopped.
   */
  scan(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to && this.#state !== State.DONE && this.problem === undefined) {
      at = this.#step(bytes, at, to);
    }
    return at;
  }

  #step(bytes: Buffer, at: number, to: number): number {
    const byte = bytes[at] ?? 0;
    switch (this.#state) {
      case State.BEFORE:
        if (byte === CR || byte === LF) return at + 1;
        this.#startAt = at;
        this.#state = State.VERSION;
        return at;
      case State.VERSION:
        return this.#version(byte, at);
      case State.AFTER_STATUS:
        if (byte === SPACE) this.#state = State.REASON;
        else if (byte === CR) this.#state = State.LINE_LF;
        else this.problem = 'invalid status';
        return at + 1;
      case State.REASON: {
        const end = skip(TEXT_BYTES, bytes, at, to);
        if (end === to) return to;
        this.#lineEnds(bytes[end]);
        return end + 1;
      }
      case State.LINE_LF:
        if (byte === LF) this.#state = State.LINE;
        else this.problem = 'CR without LF';
        return at + 1;
      case State.LINE:
        return this.#line(bytes, byte, at);
      case State.NAME:
        return this.#name(bytes, at, to);
      case State.BEFORE_VALUE:
        if (byte === SPACE || byte === TAB) return at + 1;
        this.#valueAt = at;
        this.#state = State.VALUE;
        return at;
      case State.VALUE:
        return this.#value(bytes, at, to);
      default:
        // LAST_LF
        if (byte === LF) this.#headEnds();
        else this.problem = 'CR without LF';
        return at + 1;
    }
  }

  #version(byte: number, at: number): number {
    const index = at - this.#startAt;
    if (index < STATUS_AT) {
      const isMinor = index === MINOR_AT && byte === 48;
      if (isMinor) this.isHttp10 = true;
      else if (byte !== VERSION_TEXT.charCodeAt(index)) this.problem = 'not HTTP/1.1';
      return at + 1;
    }
    const digit = byte - 48;
    if (digit < 0 || digit > 9 || (index === STATUS_AT && digit === 0))
      this.problem = 'invalid status';
    this.status = this.status * 10 + digit;
    if (index === VERSION_TEXT.length - 1) this.#state = State.AFTER_STATUS;
    return at + 1;
  }

  /** A line begins; where it begins with a blank, it goes on with the value of the line before. */
  #line(bytes: Buffer, byte: number, at: number): number {
    if (byte === SPACE || byte === TAB) {
      this.#unfold(bytes, at);
      return at + 1;
    }
    if (this.#valueEnd >= 0) this.#header(bytes, this.#valueEnd);
    this.#valueEnd = -1;
    if (byte === CR) this.#state = State.LAST_LF;
    else if (TOKEN_BYTES[byte] === 1) {
      this.#nameAt = at;
      this.#state = State.NAME;
    } else this.problem = 'invalid header name';
    return at + 1;
  }

  /** A user agent must put blanks in place of the line break (RFC 9112 5.2). */
  #unfold(bytes: Buffer, at: number): void {
    if (this.#valueEnd < 0) {
      this.problem = 'folded header';
      return;
    }
    bytes[at - 2] = SPACE;
    bytes[at - 1] = SPACE;
    const isEmpty = this.#valueEnd === this.#valueAt;
    this.#valueEnd = -1;
    this.#state = isEmpty ? State.BEFORE_VALUE : State.VALUE;
  }

  #name(bytes: Buffer, at: number, to: number): number {
    const end = skip(TOKEN_BYTES, bytes, at, to);
    if (end === to) return to;
    if (bytes[end] !== COLON) this.problem = 'invalid header name';
    this.#nameEnd = end;
    this.#state = State.BEFORE_VALUE;
    return end + 1;
  }

  #value(bytes: Buffer, at: number, to: number): number {
    const end = skip(TEXT_BYTES, bytes, at, to);
    if (end === to) return to;
    this.#lineEnds(bytes[end]);
    this.#valueEnd = end;
    return end + 1;
  }

  #lineEnds(byte: number | undefined): void {
    if (byte === CR) this.#state = State.LINE_LF;
    else this.problem = byte === LF ? 'LF without CR' : 'invalid character';
  }

  #headEnds(): void {
    this.#state = State.DONE;
    if (this.hasTransferEncoding && this.contentLength >= 0)
      this.problem = 'length and transfer-encoding';
  }

  /** Few headers matter here, and their names differ from most others in their length. */
  #header(bytes: Buffer, valueEnd: number): void {
    const at = this.#nameAt;
    switch (this.#nameEnd - at) {
      case 10:
        if (isNameAt(bytes, at, 'connection'))
          this.#connection(bytes.toString('latin1', this.#valueAt, valueEnd));
        else if (isNameAt(bytes, at, 'keep-alive'))
          this.#keepAlive(bytes.toString('latin1', this.#valueAt, valueEnd));
        else if (isNameAt(bytes, at, 'set-cookie')) this.hasCookies = true;
        break;
      case 14:
        if (isNameAt(bytes, at, 'content-length')) this.#contentLength(bytes, valueEnd);
        break;
      case 16:
        if (isNameAt(bytes, at, 'content-encoding')) this.hasEncoding = true;
        break;
      case 17:
        if (isNameAt(bytes, at, 'transfer-encoding')) {
          this.#transferEncoding(bytes.toString('latin1', this.#valueAt, valueEnd));
        }
        break;
      default:
    }
  }

  #contentLength(bytes: Buffer, valueEnd: number): void {
    let end = valueEnd;
    while (end > this.#valueAt && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end -= 1;
    let length = end > this.#valueAt ? 0 : -1;
    for (let at = this.#valueAt; at < end && length >= 0; at++) {
      const digit = HEX_VALUES[bytes[at] ?? 0] ?? 255;
      length = digit > 9 ? -1 : length * 10 + digit;
    }
    if (length < 0 || length > MAX_LENGTH) this.problem = 'invalid content-length';
    // One length said twice is no contradiction; two lengths are how answers are smuggled.
    else if (this.contentLength >= 0 && this.contentLength !== length) this.problem = 'two lengths';
    else this.contentLength = length;
  }

  #transferEncoding(value: string): void {
    this.hasTransferEncoding = true;
    for (const coding of value.toLowerCase().split(',')) {
      const name = coding.trim();
      if (name === '') continue;
      // With another coding behind it, the body lasts to the close (RFC 9112 6.3).
      this.isChunked = name === 'chunked';
      if (this.isChunked && this.#hasChunked) this.problem = 'invalid transfer-encoding';
      this.#hasChunked ||= this.isChunked;
    }
  }

  #connection(value: string): void {
    for (const option of value.toLowerCase().split(',')) {
      const name = option.trim();
      if (name === 'close') this.saysClose = true;
      else if (name === 'keep-alive') this.saysKeepAlive = true;
    }
  }

  #keepAlive(value: string): void {
    const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(value)?.[1];
    if (seconds !== undefined) this.keepAliveMs = Number(seconds) * 1000;
  }
}

/** The first place from `at` on whose byte is not in `table`; `to` where all are. */
function skip(table: Uint8Array, bytes: Buffer, at: number, to: number): number {
  let end = at;
  while (end < to && table[bytes[end] ?? 0] === 1) end += 1;
  return end;
}
