import type { Transport, TransportHandler } from '../../src/protocol/channel/transport.ts';

/** A message on its way: text or bytes. */
export type Frame = string | Uint8Array;

/** Which way it goes. */
export type Direction = 'to-master' | 'to-worker';

/** Sees every message, and says what is delivered in its place. */
export type Tap = (frame: Frame, direction: Direction) => readonly Frame[];

/** The master's end of a connection, with somebody in the line. */
export class TappedTransport implements Transport {
  readonly #inner: Transport;
  readonly #tap: Tap;

  constructor(inner: Transport, tap: Tap) {
    this.#inner = inner;
    this.#tap = tap;
  }

  get peer(): string {
    return this.#inner.peer;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  open(handler: TransportHandler): void {
    let isOpen = true;
    const deliver = (frame: Frame): void => {
      for (const each of this.#tap(frame, 'to-master')) {
        if (!isOpen) return;
        if (typeof each === 'string') handler.onText(each);
        else handler.onBytes(each);
      }
    };
    this.#inner.open({
      onText: deliver,
      onBytes: deliver,
      onClose: (reason) => {
        isOpen = false;
        handler.onClose(reason);
      },
    });
  }

  sendText(text: string): void {
    this.#send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  close(reason: string): void {
    this.#inner.close(reason);
  }

  terminate(): void {
    this.#inner.terminate();
  }

  #send(frame: Frame): void {
    for (const each of this.#tap(frame, 'to-worker')) {
      if (typeof each === 'string') this.#inner.sendText(each);
      else this.#inner.sendBytes(each);
    }
  }
}
