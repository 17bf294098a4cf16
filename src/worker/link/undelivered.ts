import { ReliableChannel } from '../../protocol/channel/reliable-channel.ts';
import { fitWorkerMessage, type WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import { TallyBook, type TallyUpdate } from '../../stats/interval/tally.ts';
import { IntervalOutbox, type OutgoingInterval } from './interval-outbox.ts';
import type { MasterWire } from './master-wire.ts';

/** Lines of the log that may wait for the master; further ones are dropped and counted. */
const MAX_WAITING_MESSAGES = 5000;

/**
 * Everything that a worker has said and its master has not acknowledged: intervals, control messages,
 * and the newest tally. It is sent at once where there is a connection, and again on the next one.
 */
export class Undelivered {
  readonly #outbox = new IntervalOutbox();
  #channel = new ReliableChannel<WorkerMessage>();
  /** What was sent to the target under the lease `#tallyEpoch`: sent whole on each new connection. */
  #tally = new TallyBook();
  #tallyEpoch = 0;
  /** The script's wish to end the run outlives the lease under which it was said. */
  #stopTest: WorkerMessage | undefined;
  #droppedLines = 0;
  #wire: MasterWire | undefined;

  /** Number of the last control message that came from the master. */
  get lastReceived(): number {
    return this.#channel.lastReceived;
  }

  /** Intervals that the master has not stored, oldest first. */
  get intervals(): readonly OutgoingInterval[] {
    return this.#outbox.all();
  }

  /** Takes a control message. Lines of the log are dropped while 5,000 messages wait. */
  send(message: WorkerMessage): void {
    if (message.type === 'log' && !this.#hasRoomForLine()) return;
    const fitting = fitWorkerMessage(message);
    if (fitting.type === 'stop-test') this.#stopTest = fitting;
    this.#channel.send(fitting);
  }

  /** Takes an interval. */
  deliver(interval: OutgoingInterval): void {
    this.#outbox.add(interval);
    this.#wire?.interval(interval);
  }

  /** Takes what was sent to the target since the last call under the same lease. */
  tally(epoch: number, update: TallyUpdate): void {
    if (epoch !== this.#tallyEpoch) {
      this.#tallyEpoch = epoch;
      this.#tally = new TallyBook();
    }
    this.#tally.apply(update);
    this.#wire?.tally(epoch, update);
  }

  /** The master has stored all intervals of `epoch` up to and including `sequence`. */
  stored(epoch: number, sequence: number): void {
    this.#outbox.stored(epoch, sequence);
  }

  /**
   * The master has seen all control messages up to and including `number`.
   *
   * @throws {ProtocolError} Where that one was never sent.
   */
  confirm(number: number): void {
    this.#channel.confirm(number);
  }

  /**
   * Takes the number of a control message that came from the master.
   *
   * @returns Whether it is new.
   * @throws {ProtocolError} Where one before it is missing.
   */
  accept(number: number): boolean {
    return this.#channel.accept(number);
  }

  /** A new lease begins: control messages of the old one are void, and numbers begin at 1. */
  beginLease(): void {
    this.#channel = new ReliableChannel();
    if (this.#stopTest !== undefined) this.#channel.send(this.#stopTest);
  }

  /** Another master process goes on with the lease: it has seen none of the control messages. */
  beginWithNewMaster(): void {
    this.#channel = this.#channel.renewed();
    if (this.#stopTest !== undefined) this.#channel.send(this.#stopTest);
  }

  /**
   * Sends everything on a new connection.
   *
   * @param epoch - The lease that the connection is for.
   * @param masterSaw - Number of the last control message that the master saw.
   */
  connect(wire: MasterWire, epoch: number, masterSaw: number): void {
    this.#wire = wire;
    // Intervals go before messages: `drained` must not overtake the intervals that it counts.
    for (const interval of this.#outbox.all()) wire.interval(interval);
    if (epoch === this.#tallyEpoch && this.#tally.total > 0) {
      wire.tally(epoch, this.#tally.whole());
    }
    this.#channel.connect(
      (number, message) => wire.frame({ type: 'numbered', number, message }),
      masterSaw,
    );
  }

  /** The connection is gone: what is said from now on waits for the next one. */
  disconnect(): void {
    this.#wire = undefined;
    this.#channel.disconnect();
  }

  #hasRoomForLine(): boolean {
    if (this.#channel.unseen >= MAX_WAITING_MESSAGES) {
      this.#droppedLines += 1;
      return false;
    }
    if (this.#droppedLines > 0) {
      const text = `${this.#droppedLines} lines of the log were dropped: too many at once`;
      this.#droppedLines = 0;
      this.#channel.send({ type: 'log', level: 'warn', text });
    }
    return true;
  }
}
