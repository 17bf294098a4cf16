import type { ErrorCode } from '../../base/errors.ts';
import type { MasterMessage, RunConfig } from '../../protocol/messages/master-messages.ts';
import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { TallyUpdate } from '../../stats/interval/tally.ts';
import type { ClockEstimate } from '../clock/clock-sync.ts';
import type { OutgoingInterval } from './interval-outbox.ts';

/** What the connection to the master tells the agent; plain data, so that it can cross threads. */
export type LinkEvent =
  /** The master has let this worker in. Unless it resumed the lease, everything of the earlier one is void. */
  | {
      readonly type: 'joined';
      readonly workerId: string;
      readonly epoch: number;
      readonly resumed: boolean;
      /** Whether another master process resumed it, which knows only what the one before has stored. */
      readonly isNewMaster: boolean;
      readonly config: RunConfig;
      /** The encoded script; absent where the lease is resumed. */
      readonly script?: Uint8Array;
    }
  | { readonly type: 'message'; readonly message: MasterMessage }
  | { readonly type: 'clock'; readonly estimate: ClockEstimate }
  /** The master has been silent for the orphan timeout: stop the load. */
  | { readonly type: 'orphaned'; readonly silentMs: number }
  /** The connection is over for good: the master refused, was never reached, or has been gone for too long. */
  | {
      readonly type: 'ended';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string;
    }
  /** Something that a person should know, for the worker's own log. */
  | { readonly type: 'note'; readonly level: 'info' | 'warn'; readonly text: string }
  /** The answer to `close`, and the last event: what the master has not stored. */
  | { readonly type: 'closed'; readonly held: readonly OutgoingInterval[] };

/**
 * The worker's end of the connection to its master, as the agent sees it. It may live in another
 * thread; everything is asynchronous, ordered, and survives lost connections.
 */
export interface MasterLink {
  /** Sets who is told and begins to connect; once. */
  start(onEvent: (event: LinkEvent) => void): void;
  /**
   * Sends a control message, exactly once whatever happens to the connection.
   *
   * @param epoch - The lease that the message belongs to: it is dropped where that lease is over when the
   *   link gets it. Absent for a message that holds under any lease.
   */
  send(message: WorkerMessage, epoch?: number): void;
  /** Hands over an encoded interval; kept and sent again until the master has stored it. */
  deliver(epoch: number, sequence: number, payload: Uint8Array): void;
  /**
   * Says what was sent to the target since the last call under the same lease. Where the worker dies before
   * its next interval, that is all that the master knows of these requests.
   */
  tally(epoch: number, update: TallyUpdate): void;
  /** Ends the connection in good order; the event `closed` follows. */
  close(): void;
}
