import type { Clock } from '../../src/base/clock.ts';
import type { SeededRandom } from '../../src/base/random.ts';
import type { Transport, TransportHandler } from '../../src/protocol/transport.ts';

/** How a simulated network behaves. */
export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Longest delay of a message, in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * Connections without sockets: ordered, each message late by a random delay. They break when told to, at
 * whatever moment, and then everything that is under way in either direction is gone.
 */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions;
  readonly #open = new Set<MemoryConnection>();
  #downUntilUs = 0;
  /** Connections opened so far. */
  opened = 0;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
  }

  /** Opens a connection; rejects while the network is down. */
  async connect(accept: (transport: Transport) => void, clock: Clock): Promise<Transport> {
    await new Promise<void>((resolve) => {
      clock.setTimer(this.#delayMs(), resolve);
    });
    if (clock.nowUs() < this.#downUntilUs) throw new Error('connect ECONNREFUSED');
    this.opened += 1;
    const connection = new MemoryConnection(this.#options.clock, () => this.#delayMs());
    this.#open.add(connection);
    accept(connection.ends[1]);
    return connection.ends[0];
  }

  /** Breaks every connection, and refuses new ones for a while. */
  breakAll(downMs: number): void {
    this.#downUntilUs = this.#options.clock.nowUs() + downMs * 1000;
    for (const connection of this.#open) connection.break();
    this.#open.clear();
  }

  /** Connections that neither end has closed. */
  get openConnections(): number {
    return [...this.#open].filter((connection) => connection.isOpen).length;
  }

  #delayMs(): number {
    return this.#options.random.next() * this.#options.maxDelayMs;
  }
}

/** Two ends that are connected, without a network between that could break: for unit tests. */
export function memoryPair(clock: Clock, delayMs = 0): readonly [Transport, Transport] {
  return new MemoryConnection(clock, () => delayMs).ends;
}

class MemoryConnection {
  readonly ends: readonly [MemoryTransport, MemoryTransport];
  readonly #clock: Clock;
  readonly #delayMs: () => number;
  isOpen = true;

  constructor(clock: Clock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.ends = [new MemoryTransport('a', this), new MemoryTransport('b', this)];
  }

  other(end: MemoryTransport): MemoryTransport {
    return this.ends[0] === end ? this.ends[1] : this.ends[0];
  }

  /** Carries something to an end, behind what is on its way there. */
  carry(to: MemoryTransport, deliver: () => void): void {
    const nowUs = this.#clock.nowUs();
    to.nextUs = Math.max(to.nextUs, nowUs + this.#delayMs() * 1000);
    this.#clock.setTimer((to.nextUs - nowUs) / 1000, deliver);
  }

  break(): void {
    this.isOpen = false;
    for (const end of this.ends) {
      end.isCut = true;
      this.#clock.setTimer(this.#delayMs(), () => end.closed('connection reset'));
    }
  }
}

class MemoryTransport implements Transport {
  readonly peer: string;
  readonly bufferedBytes = 0;
  nextUs = 0;
  /** Nothing is delivered any more. */
  isCut = false;
  readonly #connection: MemoryConnection;
  #handler: TransportHandler | undefined;
  #early: (() => void)[] = [];
  #isClosed = false;
  #isClosing = false;

  constructor(peer: string, connection: MemoryConnection) {
    this.peer = peer;
    this.#connection = connection;
  }

  open(handler: TransportHandler): void {
    this.#handler = handler;
    for (const deliver of this.#early) deliver();
    this.#early = [];
  }

  sendText(text: string): void {
    this.#send((handler) => handler.onText(text));
  }

  sendBytes(bytes: Uint8Array): void {
    // A copy, as a network makes one: the sender may use the memory again.
    const copy = bytes.slice();
    this.#send((handler) => handler.onBytes(copy));
  }

  close(reason: string): void {
    if (this.#isClosing || this.isCut) return;
    this.#isClosing = true;
    this.#connection.isOpen = false;
    const other = this.#connection.other(this);
    this.#connection.carry(other, () => {
      other.closed(reason);
      other.isCut = true;
    });
    this.#connection.carry(this, () => this.closed(reason));
  }

  terminate(): void {
    if (!this.isCut) this.#connection.break();
  }

  /** The connection is gone. */
  closed(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.isCut = true;
    this.#whenOpen((handler) => handler.onClose(reason));
  }

  #send(deliver: (handler: TransportHandler) => void): void {
    if (this.#isClosing || this.isCut) return;
    const other = this.#connection.other(this);
    this.#connection.carry(other, () => {
      if (!other.isCut) other.#whenOpen(deliver);
    });
  }

  #whenOpen(deliver: (handler: TransportHandler) => void): void {
    const handler = this.#handler;
    if (handler !== undefined) deliver(handler);
    else
      this.#early.push(() => {
        if (this.#handler !== undefined) deliver(this.#handler);
      });
  }
}
