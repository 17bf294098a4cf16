import { assert } from '../../base/errors.ts';
import { ReliableChannel } from '../../protocol/channel/reliable-channel.ts';
import type { MasterMessage } from '../../protocol/messages/master-messages.ts';
import { type KnownWorker, MAX_BREACHES } from './admission.ts';
import { Contact } from './contact.ts';
import { IntervalMarks } from './interval-marks.ts';
import { LeaseTally } from './lease-tally.ts';
import { type MemberEvent, type MemberState, nextMemberState } from './member-state.ts';
import type { RestoredWorker } from './resumed-run.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** Who a worker is. */
export interface MemberIdentity {
  /** The name that people use. */
  readonly workerId: string;
  /** Place in the order of joining, 0-based. */
  readonly index: number;
  /** Names the worker's process. */
  readonly nodeId: string;
  readonly host: string;
  readonly pid: number;
  /** When it came, by the master's clock, in microseconds. */
  readonly nowUs: number;
}

/**
 * One worker as the master knows it, over all its connections and leases. Its state changes through verbs
 * only, as the table of `MemberState` says; a verb that means nothing in the present state returns `false`.
 */
export class Member implements KnownWorker {
  readonly workerId: string;
  /** Place in the order of joining, 0-based. */
  readonly index: number;
  readonly nodeId: string;
  readonly host: string;
  readonly pid: number;
  readonly contact: Contact;
  readonly intervals: IntervalMarks = new IntervalMarks();
  #state: MemberState = 'joining';
  #epoch = 0;
  #channel = new ReliableChannel<MasterMessage>();
  #tally = new LeaseTally();
  #isRestored = false;
  #isLate = false;
  #hasRejoined = false;
  #breaches = 0;
  #sentUntilUs = 0;
  #lastSequence: number | undefined;

  constructor(identity: MemberIdentity) {
    this.workerId = identity.workerId;
    this.index = identity.index;
    this.nodeId = identity.nodeId;
    this.host = identity.host;
    this.pid = identity.pid;
    this.contact = new Contact(identity.nowUs);
  }

  get state(): MemberState {
    return this.#state;
  }

  /** Counts the leases; 1 is the first. */
  get epoch(): number {
    return this.#epoch;
  }

  get breaches(): number {
    return this.#breaches;
  }

  /** What must reach the worker under its present lease. */
  get channel(): ReliableChannel<MasterMessage> {
    return this.#channel;
  }

  /** What the worker has said of what it sent under its present lease. */
  get tally(): LeaseTally {
    return this.#tally;
  }

  /** Whether nothing has been heard for the late time. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Whether it has carried on under a lease after its connection was gone. */
  get hasRejoined(): boolean {
    return this.#hasRejoined;
  }

  /** The last instant at which a lost worker can have sent, by the master's clock. */
  get sentUntilUs(): number {
    return this.#sentUntilUs;
  }

  /** When something last arrived, by the master's clock, in microseconds. */
  get lastHeardUs(): number {
    return this.contact.lastHeardUs;
  }

  /** Fastest round trip, in microseconds; `Infinity` before any was measured. */
  get roundTripUs(): number {
    return this.contact.roundTripUs;
  }

  /** Whether it is known from the run file alone: it has not said what it holds, or never will. */
  get isRestored(): boolean {
    return this.#isRestored;
  }

  /** Whether the run may still count on it. */
  get isAlive(): boolean {
    return this.#state !== 'lost' && this.#state !== 'done';
  }

  /** Whether something is still expected of it before the run can end. */
  get isPending(): boolean {
    return this.isAlive && this.#state !== 'drained';
  }

  /** Whether it has loaded the script under its present lease, and the master knows that. */
  get hasScript(): boolean {
    return this.mayHaveUsers || this.#state === 'drained';
  }

  /** Whether it may have users under its present lease. */
  get mayHaveUsers(): boolean {
    return this.#state === 'ready' || this.#state === 'leaving';
  }

  /** Whether everything that it measured under its present lease has arrived. */
  get isReceived(): boolean {
    const last = this.#lastSequence;
    return last !== undefined && this.intervals.received(this.#epoch) >= last;
  }

  /** Whether everything that it measured under its present lease is stored. */
  get isDelivered(): boolean {
    const last = this.#lastSequence;
    return last !== undefined && this.intervals.stored(this.#epoch) >= last;
  }

  /** The script is loaded there: users may be assigned. */
  ready(): boolean {
    return this.#on('ready');
  }

  /** It was asked to go, or ends its users for want of a master. */
  leave(): boolean {
    return this.#on('leave');
  }

  /** None of its users run any more, and everything that it measured is stored (or never will be). */
  drain(): boolean {
    return this.#on('drain');
  }

  /** It is given up. @param sentUntilUs - See `sentUntilUs`. */
  lose(sentUntilUs: number): boolean {
    if (!this.#on('lose')) return false;
    this.#sentUntilUs = sentUntilUs;
    this.#channel.disconnect();
    return true;
  }

  /** The run is over for it: it has been told so. */
  finish(): boolean {
    return this.#on('finish');
  }

  /** It says `hello` without a lease: the next one begins, and nothing of the one before is valid any more. */
  beginLease(nowUs: number, afterEpoch: number = this.#epoch): void {
    assert(this.#on('begin'), `a worker that is ${this.#state} has a lease`);
    this.#epoch = afterEpoch + 1;
    this.#channel = new ReliableChannel<MasterMessage>();
    this.#tally = new LeaseTally();
    this.#lastSequence = undefined;
    this.#isLate = false;
    this.contact.renew(nowUs);
  }

  /** It carries on under a lease that only an earlier master process knew. */
  recall(epoch: number): void {
    this.#on('recall');
    this.#epoch = epoch;
  }

  /** It has said what it holds: from now on it is as any other worker that joins. */
  takeUp(): boolean {
    return this.#on('take-up');
  }

  /** It says that no user runs any more. @param lastSequence - The last interval of its present lease. */
  endsWith(lastSequence: number): void {
    this.#lastSequence ??= lastSequence;
  }

  /** Takes up what a run file has of it. */
  restore({ status, intervals }: RestoredWorker): void {
    for (const { epoch, sequence } of intervals) {
      this.#epoch = Math.max(this.#epoch, epoch);
      this.intervals.receive(epoch, sequence);
      this.intervals.store(epoch, sequence);
    }
    if (status === 'lost') this.#on('lose');
    else if (status !== 'finished') this.#on('recall');
    else if (this.#on('finish')) this.#channel.send({ type: 'finished' }); // it may not have heard so
  }

  /**
   * A connection of it is open, and its hello was answered.
   *
   * @param peerSaw - The last message that a worker which carries on has seen; `undefined`: a new lease.
   */
  connect(connection: WorkerConnection, peerSaw: number | undefined): void {
    if (peerSaw !== undefined) this.#hasRejoined = true;
    this.#tally.reconnect();
    this.#channel.connect(
      (number, message) => connection.send({ type: 'numbered', number, message }),
      peerSaw ?? 0,
    );
  }

  /** Its connection has closed. */
  disconnect(nowUs: number): void {
    this.contact.close(nowUs);
    this.#channel.disconnect();
  }

  /** It broke the rules of the protocol, and was hung up on. */
  breach(): void {
    this.#breaches += 1;
    this.contact.hangUp();
    this.#channel.disconnect();
  }

  /** It may not carry on, nor come back. */
  bar(): void {
    this.#breaches = MAX_BREACHES;
    this.contact.terminate();
  }

  /** Its silence was looked at. @returns Whether it is late, or no longer late, since then. */
  noteLate(isLate: boolean): boolean {
    const isNew = isLate !== this.#isLate;
    this.#isLate = isLate;
    return isNew;
  }

  #on(event: MemberEvent): boolean {
    const next = nextMemberState(this.#state, event);
    if (next === undefined) return false;
    this.#state = next;
    if (this.isAlive) this.#isRestored = next === 'restored';
    return true;
  }
}
