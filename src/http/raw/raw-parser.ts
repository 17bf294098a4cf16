/**
 * Reads answers of HTTP/1.1, in pieces of any size, from bytes that are lent to it. Hot: a head that equals
 * the one before costs one comparison and no object.
 *
 *   head -> (1xx: head again) -> no body | length | chunks | to the close -> complete
 *
 * Strict, as the end that decides what belongs to which request has to be: lone CR or LF, contradicting lengths, length with transfer-encoding and upgrades are refused. Guarded by the
 * differential tests against undici; `test/fixtures/http-hostile/answers.json` says where the two
 * differ by intention, and why.
 */
import { MAX_HEAD_BYTES } from '../exchange/engine.ts';
import { ChunkScanner } from './raw-chunk-scanner.ts';
import { type AnswerHead, type HeadMemory, headFrom } from './raw-head.ts';
import { HeadScanner } from './raw-head-scanner.ts';

/** Longer heads are rare, and thousands of requests may each remember one. */
const MAX_REMEMBERED_BYTES = 4096;
/** Answers up to this length, head and body, are taken in one string where their head is known. */
const MAX_TEXT_BYTES = 4096;
/** Stands for a length that is not known: a chunked body does not say how many chunks follow. */
const UNKNOWN = -1;

/** Where the parser is in an answer. */
const State = { HEAD: 0, LENGTH: 1, CHUNKS: 2, CLOSE: 3, COMPLETE: 4, FAILED: 5 } as const;

/** The beginning of a head that comes in pieces; the scanner's places are in there. */
interface PartialHead {
  readonly scanner: HeadScanner;
  bytes: Buffer;
  /** How many bytes of it have come. */
  length: number;
}

/** Most heads come in one piece: one scanner reads those of all connections, one after the other. */
let spareScanner: HeadScanner | undefined;

/** A scanner at the beginning of a head. */
function takeScanner(): HeadScanner {
  const scanner = spareScanner ?? new HeadScanner();
  spareScanner = undefined;
  scanner.reset();
  return scanner;
}

function partialHead(scanner: HeadScanner, bytes: Buffer, from: number, to: number): PartialHead {
  const kept = Buffer.allocUnsafeSlow(Math.max(1024, 2 * (to - from)));
  bytes.copy(kept, 0, from, to);
  scanner.rebase(from);
  return { scanner, bytes: kept, length: to - from };
}

/** Gets what the parser reads. */
export interface AnswerReceiver {
  /** The head of the final answer. */
  receiveHead(head: AnswerHead): void;
  /**
   * A piece of the body, lent until this returns.
   *
   * @param restBytes - How much of the body is still to come behind this piece; -1 where nobody knows.
   * @returns False where no more is wanted: `read` then stops.
   */
  receiveBody(bytes: Buffer, from: number, to: number, restBytes: number): boolean;
  /**
   * The whole body, in place of `receiveBody`.
   *
   * @param text - A character for each byte; the body is what follows from `at` on.
   * @returns As there.
   */
  receiveText(text: string, at: number): boolean;
}

/** The parser of one connection, used for one answer after the other. */
export class AnswerParser {
  /** The name of the failure; `undefined` while all goes well. */
  failure: string | undefined = undefined;
  readonly #receiver: AnswerReceiver;
  #state: number = State.COMPLETE;
  #isBodyless = false;
  #memory: HeadMemory | undefined = undefined;
  #restBytes = 0;
  #isKept = false;
  /** Bytes of all heads of this answer so far, interim ones among them. */
  #headBytes = 0;
  #partial: PartialHead | undefined = undefined;
  #chunks: ChunkScanner | undefined = undefined;

  constructor(receiver: AnswerReceiver) {
    this.#receiver = receiver;
  }

  /**
   * An answer is to come.
   *
   * @param isBodyless - Whether it answers a HEAD, so that no body follows.
   * @param memory - What answered the same request before.
   */
  begin(isBodyless: boolean, memory: HeadMemory): void {
    this.failure = undefined;
    this.#state = State.HEAD;
    this.#isBodyless = isBodyless;
    this.#memory = memory;
    this.#restBytes = 0;
    this.#isKept = false;
    this.#headBytes = 0;
    this.#partial = undefined;
  }

  /** Whether the answer is whole. */
  get isComplete(): boolean {
    return this.#state === State.COMPLETE;
  }

  /** Whether no byte of the final answer came yet (of interim ones perhaps). */
  get isBeforeAnswer(): boolean {
    return this.#state === State.HEAD && this.#partial === undefined;
  }

  /** Whether the connection may be used again; only to be asked once the answer is complete. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /**
   * Reads on.
   *
   * @returns Where it stopped: before `to` only where the answer is complete (what follows does not
   *   belong to it), has failed, or the receiver wanted no more.
   */
  read(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to) {
      const state = this.#state;
      if (state === State.HEAD) at = this.#readHead(bytes, at, to);
      else if (state === State.COMPLETE || state === State.FAILED) return at;
      else {
        const end = this.#readBody(bytes, at, to);
        if (end < 0) return at;
        at = end;
      }
    }
    return at;
  }

  /** The other side has closed: completes an answer that lasts to the close, fails any other. */
  end(): void {
    if (this.#state === State.CLOSE) this.#state = State.COMPLETE;
    else if (this.#state !== State.COMPLETE && this.#state !== State.FAILED)
      this.#fail('ECONNRESET');
  }

  #readHead(bytes: Buffer, from: number, to: number): number {
    const known = this.#memory?.last;
    if (known !== undefined && this.#partial === undefined) {
      const at = this.#readKnown(known, bytes, from, to);
      if (at > from) return at;
    }
    return this.#partial === undefined
      ? this.#scanFirst(bytes, from, to)
      : this.#scanFurther(this.#partial, bytes, from, to);
  }

  /** @returns Where it stopped; `from` where this is another head, or not all of it. */
  #readKnown(known: AnswerHead, bytes: Buffer, from: number, to: number): number {
    const headLength = known.text.length;
    const bodyLength = known.contentLength;
    const isWhole =
      bodyLength > 0 && to - from === headLength + bodyLength && to - from <= MAX_TEXT_BYTES;
    if (!isWhole) {
      const end = from + headLength;
      if (end > to || bytes.toString('latin1', from, end) !== known.text) return from;
      this.#accept(known);
      return end;
    }
    // Making a string costs more than comparing one: it is made once for head and body.
    const text = bytes.toString('latin1', from, to);
    if (text.slice(0, headLength) !== known.text) return from;
    this.#accept(known);
    this.#state = State.COMPLETE;
    return this.#receiver.receiveText(text, headLength) ? to : from + headLength;
  }

  #scanFirst(bytes: Buffer, from: number, to: number): number {
    const scanner = takeScanner();
    const limit = Math.min(to, from + MAX_HEAD_BYTES - this.#headBytes + 1);
    const at = scanner.scan(bytes, from, limit);
    this.#headBytes += at - from;
    if (scanner.isDone || scanner.problem !== undefined) this.#headEnds(scanner, bytes, at);
    else if (this.#headBytes > MAX_HEAD_BYTES) this.#fail('bad response: headers over 64 kB');
    else if (!scanner.isBefore) {
      this.#partial = partialHead(scanner, bytes, scanner.startAt, at);
      return at;
    }
    spareScanner = scanner;
    return at;
  }

  #scanFurther(partial: PartialHead, bytes: Buffer, from: number, to: number): number {
    const { scanner, length: before } = partial;
    const count = Math.min(to - from, MAX_HEAD_BYTES - this.#headBytes + 1);
    if (before + count > partial.bytes.length) {
      const wider = Buffer.allocUnsafeSlow(2 * (before + count));
      partial.bytes.copy(wider, 0, 0, before);
      partial.bytes = wider;
    }
    bytes.copy(partial.bytes, before, from, from + count);
    const at = scanner.scan(partial.bytes, before, before + count);
    partial.length = at;
    this.#headBytes += at - before;
    if (scanner.isDone || scanner.problem !== undefined) {
      this.#headEnds(scanner, partial.bytes, at);
    } else if (this.#headBytes > MAX_HEAD_BYTES) this.#fail('bad response: headers over 64 kB');
    return from + at - before;
  }

  #headEnds(scanner: HeadScanner, bytes: Buffer, at: number): void {
    if (scanner.problem !== undefined) {
      this.#fail(`bad response: ${scanner.problem}`);
      return;
    }
    const { status, startAt } = scanner;
    if (status === 101) {
      this.#fail('bad response: unexpected upgrade');
      return;
    }
    if (status < 200) {
      this.#partial = undefined;
      return;
    }
    if (this.#headBytes > MAX_HEAD_BYTES) {
      this.#fail('bad response: headers over 64 kB');
      return;
    }
    const head = headFrom(bytes.toString('latin1', startAt, at), scanner, this.#isBodyless);
    if (this.#memory !== undefined && head.text.length <= MAX_REMEMBERED_BYTES) {
      this.#memory.last = head;
    }
    this.#accept(head);
  }

  #accept(head: AnswerHead): void {
    this.#partial = undefined;
    this.#isKept = head.isKept;
    this.#restBytes = head.contentLength;
    switch (head.framing) {
      case 'none':
        this.#state = State.COMPLETE;
        break;
      case 'length':
        this.#state = State.LENGTH;
        break;
      case 'chunked':
        this.#chunks ??= new ChunkScanner();
        this.#chunks.reset();
        this.#state = State.CHUNKS;
        break;
      case 'close':
        this.#state = State.CLOSE;
        break;
    }
    this.#receiver.receiveHead(head);
  }

  /** @returns Where it stopped; -1 where the receiver wants no more. */
  #readBody(bytes: Buffer, at: number, to: number): number {
    if (this.#state === State.CHUNKS && this.#chunks !== undefined) {
      return this.#readChunks(this.#chunks, bytes, at, to);
    }
    if (this.#state === State.CLOSE) {
      return this.#receiver.receiveBody(bytes, at, to, UNKNOWN) ? to : -1;
    }
    const end = Math.min(to, at + this.#restBytes);
    this.#restBytes -= end - at;
    if (this.#restBytes === 0) this.#state = State.COMPLETE;
    return this.#receiver.receiveBody(bytes, at, end, this.#restBytes) ? end : -1;
  }

  #readChunks(chunks: ChunkScanner, bytes: Buffer, from: number, to: number): number {
    const at = chunks.scan(bytes, from, to);
    if (chunks.problem !== undefined) this.#fail(`bad response: ${chunks.problem}`);
    else if (chunks.isDone) this.#state = State.COMPLETE;
    else if (chunks.isInData && at < to) {
      const end = Math.min(to, at + chunks.restBytes);
      chunks.take(end - at);
      return this.#receiver.receiveBody(bytes, at, end, UNKNOWN) ? end : -1;
    }
    return at;
  }

  #fail(failure: string): void {
    this.#state = State.FAILED;
    this.failure = failure;
  }
}
