import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { Member } from './member.ts';

/** An interval as it arrived. */
export interface ArrivedInterval {
  readonly member: Member;
  readonly epoch: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** What a worker holds, or a part of it. */
export type HoldingMessage = Extract<WorkerMessage, { type: 'holding' }>;

/** Is told what happens to the workers. */
export interface FleetListener {
  /** A new lease began: a worker joined, or came back after it was given up. */
  onJoined(member: Member): void;
  onMessage(member: Member, message: WorkerMessage): void;
  /** A worker that the run file alone knew says what it holds. */
  onHolding(member: Member, message: HoldingMessage): void;
  /** An interval arrived. @throws {ProtocolError} Where its payload is none; it then counts as not received. */
  onInterval(interval: ArrivedInterval): void;
  /** A worker says what it has sent; see `Member.tally`. */
  onTally(member: Member): void;
  /** Nothing was heard of a worker for the late time; `false`: it is heard again. */
  onLate(member: Member, isLate: boolean): void;
  /**
   * A worker is given up: its users are free, and what it had not delivered is unknown.
   *
   * @param hadUsers - Whether it may have had any under that lease.
   */
  onLost(member: Member, why: string, hadUsers: boolean): void;
  /** A worker's script has been blocking its event loop for more than a second. Told once an episode. */
  onBlocked(member: Member): void;
  /** A connection broke the rules, or was refused. */
  onRefused(peer: string, why: string): void;
}
