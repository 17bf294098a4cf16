import { ReliableChannel } from '../../protocol/channel/reliable-channel.ts';
import type { MasterMessage } from '../../protocol/messages/master-messages.ts';
import { LeaseTally } from './lease-tally.ts';
import type { RestoredWorker } from './resumed-run.ts';
import type { WorkerConnection } from './worker-connection.ts';

/**
 * Where a worker stands.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | joining | ready | ready |
 * | joining, ready | leaving | leaving |
 * | joining, ready, leaving | drained, and everything stored | drained |
 * | joining, ready, leaving | silent for the lease, process gone | lost |
 * | joining, lost | hello | joining, under the next epoch |
 * | joining, ready, leaving, drained | finished sent | done |
 */
export type MemberState = 'joining' | 'ready' | 'leaving' | 'drained' | 'done' | 'lost';

/** One worker as the master knows it, over all its connections and leases. */
export class Member {
  readonly workerId: string;
  /** Place in the order of joining, 0-based. */
  readonly index: number;
  readonly nodeId: string;
  readonly host: string;
  readonly pid: number;
  state: MemberState = 'joining';
  /** Counts the leases; 1 is the first. */
  epoch = 0;
  channel: ReliableChannel<MasterMessage> = new ReliableChannel();
  /** Its newest connection, while that is open. */
  connection: WorkerConnection | undefined;
  /** Master's clock, microseconds. */
  lastHeardUs: number;
  disconnectedUs: number | undefined;
  /** When its last clock probe was answered, and how soon the next one followed at best. */
  answeredUs: number | undefined;
  roundTripUs: number = Number.POSITIVE_INFINITY;
  isLate = false;
  hasRejoined = false;
  /** Known from the run file alone: what it holds is still to be told. */
  isRestored = false;
  /** How often it broke the rules of the protocol. */
  breaches = 0;
  /** For how long its script has been blocking, in milliseconds; 0 where it is not. */
  blockedMs = 0;
  /** Last interval received, by epoch. */
  readonly received: Map<number, number> = new Map();
  /** Last interval stored, by epoch. */
  readonly stored: Map<number, number> = new Map();
  /** What it has said of what it sent under its present lease. */
  tally: LeaseTally = new LeaseTally();
  /** When its process was seen to be gone. */
  goneUs: number | undefined;
  /** Gives it up for that, while what it had sent is still being read. */
  gone: (() => void) | undefined;
  /** Where it is lost: the last instant at which it can have sent, by the master's clock. */
  sentUntilUs = 0;
  /** What `drained` said: the last interval of the present epoch. */
  lastSequence: number | undefined;

  constructor(identity: {
    readonly workerId: string;
    readonly index: number;
    readonly nodeId: string;
    readonly host: string;
    readonly pid: number;
    readonly nowUs: number;
  }) {
    this.workerId = identity.workerId;
    this.index = identity.index;
    this.nodeId = identity.nodeId;
    this.host = identity.host;
    this.pid = identity.pid;
    this.lastHeardUs = identity.nowUs;
  }

  /** Whether the run may still count on it. */
  get isAlive(): boolean {
    return this.state !== 'lost' && this.state !== 'done';
  }

  /** Whether everything that it measured under its present lease has arrived. */
  get isReceived(): boolean {
    return this.#isUpTo(this.received);
  }

  /** Whether all of that is stored. */
  get isDelivered(): boolean {
    return this.#isUpTo(this.stored);
  }

  /** Begins the next lease: nothing of the one before is valid any more. */
  beginLease(nowUs: number): void {
    this.epoch += 1;
    this.state = 'joining';
    this.channel = new ReliableChannel<MasterMessage>();
    this.tally = new LeaseTally();
    this.lastSequence = undefined;
    this.lastHeardUs = nowUs;
    this.isLate = false;
    this.blockedMs = 0;
    this.isRestored = false;
  }

  /** Takes up what a run file has of it. */
  restore({ status, intervals }: RestoredWorker): void {
    for (const { epoch, sequence } of intervals) {
      this.epoch = Math.max(this.epoch, epoch);
      this.received.set(epoch, sequence);
      this.stored.set(epoch, sequence);
    }
    if (status === 'lost') this.state = 'lost';
    else if (status === 'finished') this.#restoreFinished();
    else this.isRestored = true;
  }

  /** Takes up a lease of a master process that is gone. */
  adopt(epoch: number): void {
    this.epoch = epoch;
    this.isRestored = true;
  }

  /** Its part was done; it may not have heard so. */
  #restoreFinished(): void {
    this.channel.send({ type: 'finished' });
    this.state = 'done';
  }

  #isUpTo(sequences: ReadonlyMap<number, number>): boolean {
    return this.lastSequence !== undefined && (sequences.get(this.epoch) ?? 0) >= this.lastSequence;
  }
}
