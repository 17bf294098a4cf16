import type { RawData, WebSocket } from 'ws';
import type { Transport, TransportHandler } from './transport.ts';

/** Longest reason that fits a WebSocket close frame, with room to spare. */
const CLOSE_REASON_BYTES = 120;

/** Lays the `Transport` interface over a WebSocket that is open already; the socket is then its own. */
export function wsTransport(socket: WebSocket, peer: string): Transport {
  return new WsTransport(socket, peer);
}

class WsTransport implements Transport {
  readonly peer: string;
  readonly #socket: WebSocket;
  #problem: string | undefined;

  constructor(socket: WebSocket, peer: string) {
    this.#socket = socket;
    this.peer = peer;
    // The owner may not listen yet, and nothing may be lost until it does.
    socket.pause();
    socket.on('error', (error) => {
      this.#problem = error.message;
    });
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  open(handler: TransportHandler): void {
    this.#socket.on('message', (data: RawData, isBinary: boolean) => {
      const bytes = asBuffer(data);
      if (isBinary) handler.onBytes(bytes);
      else handler.onText(bytes.toString('utf8'));
    });
    this.#socket.on('close', (code, reason) => {
      handler.onClose(this.#problem ?? (reason.toString('utf8') || `connection closed (${code})`));
    });
    this.#socket.resume();
  }

  sendText(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(bytes);
  }

  close(reason: string): void {
    this.#socket.close(1000, Buffer.from(reason).subarray(0, CLOSE_REASON_BYTES));
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

function asBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
