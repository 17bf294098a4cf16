/** What a transport tells its owner. Nothing is called after `onClose`. */
export interface TransportHandler {
  onText(text: string): void;
  onBytes(bytes: Uint8Array): void;
  /** The connection is gone; either end may have closed it. */
  onClose(reason: string): void;
}

/**
 * An ordered, message-preserving connection between a worker and its master: a WebSocket in real
 * runs, a queue in tests and simulations. May lose everything at any moment by closing; never
 * reorders, duplicates or alters what it delivers.
 */
export interface Transport {
  /** Address of the other end, for the log. */
  readonly peer: string;
  /** Bytes handed over and not yet given to the network. */
  readonly bufferedBytes: number;
  /** Sets the handler; to be called once, before anything can arrive. */
  open(handler: TransportHandler): void;
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  /** Closes in good order; `onClose` follows. */
  close(reason: string): void;
  /** Drops the connection at once; `onClose` follows. */
  terminate(): void;
}
