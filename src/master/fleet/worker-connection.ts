import type { Clock } from '../../base/clock.ts';
import { ProtocolError } from '../../base/errors.ts';
import { type Blob, BlobAssembler, isOfKind } from '../../protocol/channel/frames.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import type { MasterFrame } from '../../protocol/messages/master-messages.ts';
import {
  type HelloMessage,
  parseWorkerFrame,
  type WorkerFrame,
} from '../../protocol/messages/worker-messages.ts';
import { INTERVAL_LIMITS } from '../../stats/interval/interval-limits.ts';
import { MAX_TALLY_BYTES } from '../../stats/interval/tally.ts';

/** Time within which the first message must come on a new connection. */
const HELLO_TIMEOUT_MS = 5000;

/** Is told what comes in on a connection. */
export interface WorkerConnectionListener {
  /** The first message. */
  onHello(connection: WorkerConnection, hello: HelloMessage): void;
  /** Any later text message. */
  onFrame(connection: WorkerConnection, frame: WorkerFrame): void;
  /** An interval: `epoch` and `number` name it. */
  onInterval(connection: WorkerConnection, interval: Blob): void;
  /** What the worker has sent so far under its lease, which is `epoch`. */
  onTally(connection: WorkerConnection, tally: Blob): void;
  /** The rules were broken; the connection is dropped next. */
  onBroken(connection: WorkerConnection, why: string): void;
  onClose(connection: WorkerConnection): void;
}

/** One connection of a worker: reads its messages, and drops it at the first that breaks the rules. */
export class WorkerConnection {
  readonly transport: Transport;
  readonly #listener: WorkerConnectionListener;
  readonly #intervals = new BlobAssembler('interval', INTERVAL_LIMITS.bytes);
  readonly #tallies = new BlobAssembler('tally', MAX_TALLY_BYTES);
  #stopWaiting: () => void;
  #isGreeted = false;

  constructor(transport: Transport, clock: Clock, listener: WorkerConnectionListener) {
    this.transport = transport;
    this.#listener = listener;
    const timer = clock.setTimer(HELLO_TIMEOUT_MS, () => transport.terminate());
    this.#stopWaiting = () => clock.clearTimer(timer);
    transport.open({
      onText: (text) => this.#guard(() => this.#onText(text)),
      onBytes: (bytes) => this.#guard(() => this.#onBytes(bytes)),
      onClose: () => {
        this.#stopWaiting();
        listener.onClose(this);
      },
    });
  }

  /** Sends a message, as long as the connection is open. */
  send(frame: MasterFrame): void {
    this.transport.sendText(JSON.stringify(frame));
  }

  /** Tells the worker that it may not join, and why; then closes. */
  refuse(message: string, hint: string): void {
    this.send({ type: 'refused', message, hint });
    this.transport.close(message);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#listener.onBroken(this, error.message);
      this.transport.terminate();
    }
  }

  #onText(text: string): void {
    const frame = parseWorkerFrame(text);
    if (this.#isGreeted) {
      this.#listener.onFrame(this, frame);
      return;
    }
    if (frame.type !== 'hello') throw new ProtocolError(`a ${frame.type} before the hello`);
    this.#isGreeted = true;
    this.#stopWaiting();
    this.#listener.onHello(this, frame);
  }

  #onBytes(bytes: Uint8Array): void {
    // Bytes that come before the hello are not kept.
    if (!this.#isGreeted) throw new ProtocolError('an interval before the hello');
    const isTally = isOfKind(bytes, 'tally');
    const blob = (isTally ? this.#tallies : this.#intervals).push(bytes);
    if (blob === undefined) return;
    if (isTally) this.#listener.onTally(this, blob);
    else this.#listener.onInterval(this, blob);
  }
}
