import type { Clock } from '../../src/base/clock.ts';
import type { SeededRandom } from '../../src/base/random.ts';
import type { Transport, TransportHandler } from '../../src/protocol/channel/transport.ts';

/** How a simulated network behaves. */
export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Longest delay of a message, in milliseconds. */
  readonly maxDelayMs: number;
}

/** Which way messages do not get through. */
export type Direction = 'to master' | 'to worker';

/**
 * Connections without sockets: ordered, each message late by a random delay. They break when told to, at
 * whatever moment: at both ends, and then everything that is under way is gone, or at one end, and then
 * what that end had sent arrives yet, behind the back of a newer connection. In a partition nothing gets
 * through until it is over, the news of an end included.
 */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions;
  readonly #open = new Set<MemoryConnection>();
  readonly #partedUntilUs: Record<Direction, number> = { 'to master': 0, 'to worker': 0 };
  #downUntilUs = 0;
  /** Longest delay of a message from now on, in milliseconds. */
  maxDelayMs: number;
  /** Connections opened so far. */
  opened = 0;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
    this.maxDelayMs = options.maxDelayMs;
  }

  /**
   * Opens a connection; rejects while the network is down.
   *
   * @param clock - Of the worker's process: nothing is delivered to one that stands still.
   * @param masterClock - The same of the process that is the master when it gets there.
   */
  async connect(
    accept: (transport: Transport) => void,
    clock: Clock,
    masterClock: () => Clock = () => this.#options.clock,
  ): Promise<Transport> {
    await new Promise<void>((resolve) => {
      this.#options.clock.setTimer(this.#delayMs('to master', 'to worker'), () => {
        clock.setTimer(0, resolve);
      });
    });
    if (this.#options.clock.nowUs() < this.#downUntilUs) throw new Error('connect ECONNREFUSED');
    this.opened += 1;
    const connection = new MemoryConnection(
      (end) => this.#delayMs(end === 'worker' ? 'to worker' : 'to master'),
      this.#options.clock,
      { worker: clock, master: masterClock() },
    );
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

  /** The worker's ends break; the master's hear of that so much later, and of all that was sent before. */
  breakAtWorker(lateMs: number): void {
    for (const connection of this.#open) connection.hangUp(connection.ends[0], lateMs);
    this.#open.clear();
  }

  /** Nothing gets through one way, for a while. */
  part(direction: Direction, ms: number): void {
    const untilUs = this.#options.clock.nowUs() + ms * 1000;
    this.#partedUntilUs[direction] = Math.max(this.#partedUntilUs[direction], untilUs);
  }

  /** Connections that neither end has closed. */
  get openConnections(): number {
    return [...this.#open].filter((connection) => connection.isOpen).length;
  }

  #delayMs(...directions: Direction[]): number {
    const nowUs = this.#options.clock.nowUs();
    const partedMs = directions.map((way) => (this.#partedUntilUs[way] - nowUs) / 1000);
    return Math.max(0, ...partedMs) + this.#options.random.next() * this.maxDelayMs;
  }
}

/** Two ends that are connected, without a network between that could break: for unit tests. */
export function memoryPair(clock: Clock, delayMs = 0): readonly [Transport, Transport] {
  return new MemoryConnection(() => delayMs, clock, { worker: clock, master: clock }).ends;
}

type Place = 'worker' | 'master';

class MemoryConnection {
  readonly ends: readonly [MemoryTransport, MemoryTransport];
  readonly #clock: Clock;
  readonly #clocks: Readonly<Record<Place, Clock>>;
  readonly #delayMs: (to: Place) => number;
  isOpen = true;

  constructor(
    delayMs: (to: Place) => number,
    clock: Clock,
    clocks: Readonly<Record<Place, Clock>>,
  ) {
    this.#clock = clock;
    this.#clocks = clocks;
    this.#delayMs = delayMs;
    this.ends = [new MemoryTransport('worker', this), new MemoryTransport('master', this)];
  }

  other(end: MemoryTransport): MemoryTransport {
    return this.ends[0] === end ? this.ends[1] : this.ends[0];
  }

  /** Carries something to an end, behind what is on its way there. */
  carry(to: MemoryTransport, deliver: () => void, lateMs = 0): void {
    const nowUs = this.#clock.nowUs();
    to.nextUs = Math.max(to.nextUs, nowUs + (this.#delayMs(to.place) + lateMs) * 1000);
    // A process that stands still gets it when it goes on.
    this.#clock.setTimer((to.nextUs - nowUs) / 1000, () => {
      this.#clocks[to.place].setTimer(0, deliver);
    });
  }

  break(): void {
    this.isOpen = false;
    // Both ends hear of it, or none while either way is parted.
    const delayMs = Math.max(this.#delayMs('worker'), this.#delayMs('master'));
    for (const end of this.ends) {
      end.isCut = true;
      this.#clock.setTimer(delayMs, () => {
        this.#clocks[end.place].setTimer(0, () => end.closed('connection reset'));
      });
    }
  }

  /** One end drops it at once; the other hears of that behind all that it was sent. */
  hangUp(end: MemoryTransport, lateMs = 0): void {
    this.isOpen = false;
    end.isCut = true;
    this.#clocks[end.place].setTimer(0, () => end.closed('terminated'));
    const other = this.other(end);
    this.carry(other, () => other.closed('connection reset'), lateMs);
  }
}

class MemoryTransport implements Transport {
  readonly peer: string;
  readonly place: Place;
  readonly bufferedBytes = 0;
  nextUs = 0;
  /** Nothing is delivered any more. */
  isCut = false;
  readonly #connection: MemoryConnection;
  #handler: TransportHandler | undefined;
  #early: (() => void)[] = [];
  #isClosed = false;
  #isClosing = false;

  constructor(place: Place, connection: MemoryConnection) {
    this.peer = place;
    this.place = place;
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
    if (!this.isCut) this.#connection.hangUp(this);
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
