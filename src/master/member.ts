import type { MasterMessage } from '../protocol/master-messages.ts';
import { ReliableChannel } from '../protocol/reliable-channel.ts';
import type { Transport } from '../protocol/transport.ts';

/**
 * Where a worker stands.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | joining | ready | ready |
 * | ready | leaving | leaving |
 * | ready, leaving | drained, and everything stored | drained |
 * | joining, ready, leaving | silent for the lease, process gone | lost |
 * | lost | hello | joining, under the next epoch |
 * | drained | finished sent | done |
 */
export type MemberState = 'joining' | 'ready' | 'leaving' | 'drained' | 'done' | 'lost';

/** One worker as the master knows it, over all its connections and leases. */
export class Member {
  readonly workerId: string;
  readonly nodeId: string;
  readonly host: string;
  readonly pid: number;
  state: MemberState = 'joining';
  /** Counts the leases; 1 is the first. */
  epoch = 0;
  channel: ReliableChannel<MasterMessage> = new ReliableChannel();
  transport: Transport | undefined;
  /** Master's clock, microseconds. */
  lastHeardUs: number;
  disconnectedUs: number | undefined;
  isLate = false;
  hasRejoined = false;
  /** For how long its script has been blocking, in milliseconds; 0 where it is not. */
  blockedMs = 0;
  /** Last interval received, by epoch. */
  readonly received: Map<number, number> = new Map();
  /** Last interval stored, by epoch. */
  readonly stored: Map<number, number> = new Map();
  /** What `drained` said: the last interval of the present epoch. */
  lastSequence: number | undefined;

  constructor(identity: {
    readonly workerId: string;
    readonly nodeId: string;
    readonly host: string;
    readonly pid: number;
    readonly nowUs: number;
  }) {
    this.workerId = identity.workerId;
    this.nodeId = identity.nodeId;
    this.host = identity.host;
    this.pid = identity.pid;
    this.lastHeardUs = identity.nowUs;
  }

  /** Whether the run may still count on it. */
  get isAlive(): boolean {
    return this.state !== 'lost' && this.state !== 'done';
  }

  /** Whether everything that it measured under its present lease is stored. */
  get isDelivered(): boolean {
    return (
      this.lastSequence !== undefined && (this.stored.get(this.epoch) ?? 0) >= this.lastSequence
    );
  }

  /** Begins the next lease: nothing of the one before is valid any more. */
  beginLease(nowUs: number): void {
    this.epoch += 1;
    this.state = 'joining';
    this.channel = new ReliableChannel<MasterMessage>();
    this.lastSequence = undefined;
    this.lastHeardUs = nowUs;
    this.isLate = false;
    this.blockedMs = 0;
  }
}
