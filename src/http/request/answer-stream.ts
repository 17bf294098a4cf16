/**
 * An answer that a script reads while it arrives, as `fetch` gives it. Pieces are taken from the network as
 * they come, however slowly the script reads, so that the figures tell of the server and not of the script;
 * `maxBody` bounds what is held.
 *
 *   head -> pieces … -> last byte -> decoded -> over
 *               \ failed, cancelled, given up
 */
import type { Answer } from './answer.ts';
import { decodingInto, type PieceTaker } from './stream-decoding.ts';

/** An answer whose head is there, and the stream of its body. */
export interface ArrivedAnswer {
  readonly answer: Answer;
  readonly body: ReadableStream<Uint8Array>;
}

/** The request that an answer belongs to. */
export interface StreamOwner {
  /** The script wants no more of the body. */
  cancelBody(): void;
  /** The body is no good: the request ends as failed. */
  abort(failure: string): void;
}

/** The answer of one request, from its head to the end of its body. */
export class AnswerStream implements PieceTaker {
  /** Resolves with the head of the final answer; stays open where none comes. */
  readonly head: Promise<ArrivedAnswer>;
  /** Length of the body so far, its content encoding taken off. */
  contentBytes = 0;
  isCancelled = false;
  #arrived: ((head: ArrivedAnswer) => void) | undefined = undefined;
  #owner: StreamOwner | undefined = undefined;
  #decoding: PieceTaker | undefined = undefined;
  #controller: ReadableByteStreamController | undefined = undefined;
  #isOver = false;
  /** A read is waiting for the next piece. */
  #isAwaited = false;
  #whenDecoded: ((failure: string | undefined) => void) | undefined = undefined;

  constructor() {
    this.head = new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  /** Whether the head has arrived. */
  get isOpen(): boolean {
    return this.#owner !== undefined;
  }

  /** The head is there: `head` resolves. */
  open(answer: Answer, maxBodyBytes: number, owner: StreamOwner): void {
    this.#owner = owner;
    this.#decoding = decodingInto(this, answer.headers.get('content-encoding'), maxBodyBytes);
    const body = new ReadableStream(
      {
        type: 'bytes',
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isAwaited = true;
        },
        cancel: () => this.#cancel(),
      },
      // So `pull` is called only where a read waits for a piece.
      { highWaterMark: 0 },
    );
    this.#arrived?.({ answer, body });
  }

  /** A piece of the body as received, lent until this returns. */
  receive(bytes: Uint8Array): void {
    if (!this.#isOver) this.#decoding?.take(bytes);
  }

  /**
   * The last byte is there.
   *
   * @param decoded - Called once the body is decoded: with the failure's name where it cannot be.
   */
  finish(decoded: (failure: string | undefined) => void): void {
    if (this.#isOver) {
      decoded(undefined);
      return;
    }
    this.#whenDecoded = decoded;
    this.#decoding?.end();
  }

  /** Ends the body: a script that reads it gets `error`. Does nothing where the body is over. */
  breakOff(error: unknown): void {
    if (this.#isOver) return;
    this.#close();
    this.#controller?.error(error);
  }

  /** The iteration is over. Gives the body up where it is still arriving and no read waits for a piece. */
  giveUpUnread(): void {
    const hasArrived = this.#whenDecoded !== undefined;
    if (this.#isOver || this.#isAwaited || hasArrived || !this.isOpen) return;
    this.breakOff(new TypeError('terminated: the iteration ended before this body was read'));
    this.#cancelled();
  }

  take(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.contentBytes += bytes.length;
    this.#isAwaited = false;
    // A stream of bytes takes the memory itself, so a piece must not share it.
    if (bytes.length > 0) this.#controller?.enqueue(new Uint8Array(bytes));
  }

  end(): void {
    if (this.#isOver) return;
    this.#close();
    const controller = this.#controller;
    controller?.close();
    // A read into memory of the script's own is answered by its request alone.
    controller?.byobRequest?.respond(0);
    this.#whenDecoded?.(undefined);
  }

  fail(failure: string): void {
    if (this.#isOver) return;
    this.breakOff(new TypeError('terminated', { cause: new Error(failure) }));
    if (this.#whenDecoded === undefined) this.#owner?.abort(failure);
    else this.#whenDecoded(failure);
  }

  #cancel(): void {
    if (this.#isOver) return;
    this.#close();
    this.#cancelled();
  }

  #cancelled(): void {
    this.isCancelled = true;
    if (this.#whenDecoded === undefined) this.#owner?.cancelBody();
    else this.#whenDecoded(undefined);
  }

  #close(): void {
    this.#isOver = true;
    // Lets go of decoders that are at work; what they say has no effect any more.
    this.#decoding?.fail('over');
  }
}
