import { ProtocolError } from '../../base/errors.ts';

/** Most messages kept for a peer that does not acknowledge them. */
const MAX_UNSEEN = 100_000;

/**
 * One direction pair of numbered control messages: each is delivered exactly once and in order,
 * however often the connection breaks meanwhile.
 *
 * A sender numbers its messages from 1 and keeps each until the peer says that it has seen it; after
 * a reconnect both ends say the last number that they saw, and the rest is sent again. Messages
 * that need no such care (clock probes, acknowledgements) do not go through here.
 */
export class ReliableChannel<Outgoing> {
  #nextNumber = 1;
  #lastReceived = 0;
  #unseen: { readonly number: number; readonly message: Outgoing }[] = [];
  #transmit: ((number: number, message: Outgoing) => void) | undefined;

  /** Number of the last message received: the peer may forget all up to it. */
  get lastReceived(): number {
    return this.#lastReceived;
  }

  /** How many messages the peer has not confirmed. */
  get unseen(): number {
    return this.#unseen.length;
  }

  /**
   * Sends now where connected, and again after every reconnect until it was seen.
   *
   * @throws {ProtocolError} Where the peer has left 100,000 messages unconfirmed.
   */
  send(message: Outgoing): void {
    if (this.#unseen.length >= MAX_UNSEEN) {
      throw new ProtocolError(`the peer has not confirmed ${MAX_UNSEEN} messages`);
    }
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    this.#unseen.push({ number, message });
    this.#transmit?.(number, message);
  }

  /** The peer has seen everything up to and including `number`. */
  confirm(number: number): void {
    if (number >= this.#nextNumber) {
      throw new ProtocolError(`the peer confirms message ${number}, which was never sent`);
    }
    // The list is cut once: shifting a long list message by message would take quadratic time.
    const oldest = this.#nextNumber - this.#unseen.length;
    if (number >= oldest) this.#unseen = this.#unseen.slice(number - oldest + 1);
  }

  /**
   * Takes the number of an arrived message.
   *
   * @returns Whether it is new and is to be acted on; `false` for one seen before.
   * @throws {ProtocolError} Where one is missing before it: an ordered connection cannot do that.
   */
  accept(number: number): boolean {
    if (number <= this.#lastReceived) return false;
    if (number !== this.#lastReceived + 1) {
      throw new ProtocolError(
        `message ${number} arrived after message ${this.#lastReceived}: something is missing`,
      );
    }
    this.#lastReceived = number;
    return true;
  }

  /** A connection is up: `peerSaw` is the last number that the peer saw; the rest goes out again. */
  connect(transmit: (number: number, message: Outgoing) => void, peerSaw: number): void {
    this.confirm(peerSaw);
    this.#transmit = transmit;
    for (const { number, message } of this.#unseen) transmit(number, message);
  }

  /** A channel to a peer that knows nothing of this one; it begins with the messages that were not confirmed. */
  renewed(): ReliableChannel<Outgoing> {
    const channel = new ReliableChannel<Outgoing>();
    for (const { message } of this.#unseen) channel.send(message);
    return channel;
  }

  /** The connection is gone; what is sent from now on waits for the next one. */
  disconnect(): void {
    this.#transmit = undefined;
  }
}
