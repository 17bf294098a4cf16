import type { MasterFrame } from '../../protocol/messages/master-messages.ts';
import type { HeardWorker } from './silence.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** A script that blocks its event loop for longer than this is named. */
const BLOCKED_NOTICE_MS = 1000;

/** The connection of one worker and what it tells of the worker's silence, over all its connections. */
export class Contact implements HeardWorker {
  #connection: WorkerConnection | undefined;
  #address = '';
  #lastHeardUs: number;
  #disconnectedUs: number | undefined;
  #goneUs: number | undefined;
  #answeredUs: number | undefined;
  #roundTripUs = Number.POSITIVE_INFINITY;
  #blockedMs = 0;

  /** @param nowUs - Microseconds of the master's clock, here and in all methods. */
  constructor(nowUs: number) {
    this.#lastHeardUs = nowUs;
  }

  /** The newest connection, while it is open. */
  get connection(): WorkerConnection | undefined {
    return this.#connection;
  }

  /** Network address of its newest connection, open or not; empty before the first. */
  get address(): string {
    return this.#address;
  }

  get lastHeardUs(): number {
    return this.#lastHeardUs;
  }

  get disconnectedUs(): number | undefined {
    return this.#disconnectedUs;
  }

  get goneUs(): number | undefined {
    return this.#goneUs;
  }

  /** Fastest round trip to the worker, in microseconds; `Infinity` before any was measured. */
  get roundTripUs(): number {
    return this.#roundTripUs;
  }

  /** For how long its script has been blocking, in milliseconds; 0 where it is not. */
  get blockedMs(): number {
    return this.#blockedMs;
  }

  /** A connection takes the place of the one before. */
  connect(connection: WorkerConnection, nowUs: number): void {
    this.#connection = connection;
    this.#address = addressOfPeer(connection.transport.peer);
    this.#disconnectedUs = undefined;
    this.#lastHeardUs = nowUs;
  }

  /** The worker saw its connection close too: its lease is the shorter one. */
  close(nowUs: number): void {
    this.#connection = undefined;
    this.#disconnectedUs = nowUs;
  }

  /** Forgets the connection. The worker may not notice the close, so its lease gets the time of a silent one. */
  hangUp(): void {
    this.#connection = undefined;
  }

  /** Something arrived. */
  hear(nowUs: number): void {
    this.#lastHeardUs = nowUs;
  }

  /** A clock probe arrived. A worker that joins sends each of its first probes once the last is answered. */
  hearProbe(nowUs: number): void {
    if (this.#answeredUs !== undefined) {
      this.#roundTripUs = Math.min(this.#roundTripUs, nowUs - this.#answeredUs);
    }
    this.#answeredUs = nowUs;
  }

  /** A heartbeat says how long the script has blocked. @returns Whether an episode worth naming begins. */
  hearBlocked(blockedMs: number): boolean {
    const begins = blockedMs > BLOCKED_NOTICE_MS && this.#blockedMs <= BLOCKED_NOTICE_MS;
    this.#blockedMs = blockedMs;
    return begins;
  }

  /** The worker's process was seen to be gone. */
  processGone(nowUs: number): void {
    this.#goneUs = nowUs;
  }

  /** A new lease begins: earlier silence and blocking do not count for it. */
  renew(nowUs: number): void {
    this.#lastHeardUs = nowUs;
    this.#blockedMs = 0;
  }

  /** Sends a message, where a connection is open. */
  send(frame: MasterFrame): void {
    this.#connection?.send(frame);
  }

  /** Drops the connection, where one is open; its `onClose` follows. */
  terminate(): void {
    this.#connection?.transport.terminate();
  }
}

/** The address in `address:port`; an IPv4 address that came over IPv6 in its usual form. */
function addressOfPeer(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^::ffff:(?=[\d.]+$)/, '');
}
