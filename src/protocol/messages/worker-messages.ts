import { z } from 'zod';
import { cutText } from '../../stats/bytes/cut-text.ts';
import { durationMs, instantMs, instantUs, leaseEpoch, userNumber } from './bounds.ts';
import { type Json, json, MAX_MESSAGE_NAME_CHARS } from './master-messages.ts';
import { parseWith } from './parse.ts';

/** Why a user is no longer running. */
export type UserEndReason = 'stopped' | 'stop-user' | 'start-failed' | 'cut';

/** The first message on a connection, before anything else. */
export interface HelloMessage {
  readonly type: 'hello';
  /** Names this worker process for its whole life. */
  readonly nodeId: string;
  readonly host: string;
  readonly pid: number;
  readonly cores: number;
  /** What the worker takes up again after a lost connection; absent the first time. */
  readonly resume?: {
    readonly runId: string;
    readonly epoch: number;
    /** Number of the last control message that it received in that epoch. */
    readonly lastReceived: number;
    /** The master process that numbered these messages; another process begins at 1. */
    readonly masterId: string;
  };
}

/** A user that runs, or is ordered to start. */
export interface HeldUser {
  readonly user: number;
  readonly classIndex: number;
  readonly incarnation: number;
  /** When it started or is to start, in milliseconds since the run's start. */
  readonly atMs: number;
  /** When it was or is to be told to stop; absent where it is not. */
  readonly stopAtMs?: number;
  /** Iterations after which it ends by itself; absent: no such limit. */
  readonly iterations?: number;
}

/** A user that ran or was to run under the present lease, and no longer does. */
export interface SpentUser {
  readonly user: number;
  /** The newest incarnation. */
  readonly incarnation: number;
  /** Whether it ended by itself, never to be started again. */
  readonly isRetired: boolean;
  /** Iterations of all its incarnations here; absent where their number is not limited. */
  readonly iterations?: number;
}

/** Where a worker stands when a master that was started again finds it. */
export interface HoldingState {
  /** The script is loaded, and users may be assigned. */
  readonly isReady: boolean;
  readonly isPrepared: boolean;
  /** It knows when the run began. */
  readonly isStarted: boolean;
  /** Whether the worker has stopped taking users, and who decided that. */
  readonly stops: 'no' | 'by itself' | 'by order';
}

/** Control messages from a worker that must arrive exactly once. */
export type WorkerMessage =
  /** The script is loaded, the clock is compared: users may be assigned. */
  | { readonly type: 'ready' }
  /** The script is told that the test is about to start, and is done with that. */
  | { readonly type: 'prepared' }
  /** A message of the script's. */
  | { readonly type: 'script-message'; readonly name: string; readonly data: Json }
  /** What the script reports once a second. */
  | { readonly type: 'script-report'; readonly data: Json }
  /** The script does not load here. */
  | { readonly type: 'script-failed'; readonly message: string }
  /** These users are no longer running, each with its incarnation. */
  | {
      readonly type: 'ended';
      readonly users: readonly {
        readonly user: number;
        readonly incarnation: number;
        readonly reason: UserEndReason;
        /** Iterations that it made; absent where their number is not limited. */
        readonly iterations?: number;
      }[];
    }
  /** Tells a master that was started again which users are here, in parts. The last part has the state. */
  | {
      readonly type: 'holding';
      readonly held: readonly HeldUser[];
      readonly spent: readonly SpentUser[];
      readonly state?: HoldingState;
    }
  /** A line for the run's log. */
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly text: string;
    }
  /** The script asks for the run's end. */
  | { readonly type: 'stop-test'; readonly reason: string }
  /** This worker was asked to go (SIGTERM): its users end, others should take them. */
  | { readonly type: 'leaving' }
  /**
   * No user runs any more and none will. `lastSequence` is the number of the last interval; `lastUserEndUs`
   * counts from the run's start.
   */
  | { readonly type: 'drained'; readonly lastSequence: number; readonly lastUserEndUs: number };

/** Everything that a worker may send as text. */
export type WorkerFrame =
  | HelloMessage
  | { readonly type: 'numbered'; readonly number: number; readonly message: WorkerMessage }
  /** Says once a second that the worker is there, what it has seen, and for how long its script has blocked. */
  | { readonly type: 'heartbeat'; readonly seen: number; readonly blockedMs: number }
  | { readonly type: 'clock-probe'; readonly id: number };

/** Longest text of a message, in UTF-16 units; senders cut to it, see `fitWorkerMessage`. */
const MAX_TEXT_CHARS = 16_384;
const MAX_REASON_CHARS = 1000;
/** A text of control characters is six times as long in JSON, and must fit into a message all the same. */
const MAX_TEXT_BYTES = 64 * 1024;
/** Most user ends in one `ended`. */
export const MAX_ENDS = 1000;
/** Most users of each kind in one `holding`; more go in several. */
export const MAX_HELD = 300;

/**
 * Cuts the texts of a message so that the other end accepts it: scripts write them, and a message
 * that is refused would be sent again after every reconnect.
 */
export function fitWorkerMessage(message: WorkerMessage): WorkerMessage {
  switch (message.type) {
    case 'log':
      return { ...message, text: fitText(message.text, MAX_TEXT_CHARS) };
    case 'script-failed':
      return { ...message, message: fitText(message.message, MAX_TEXT_CHARS) };
    case 'stop-test':
      return { ...message, reason: fitText(message.reason, MAX_REASON_CHARS) };
    default:
      return message;
  }
}

function fitText(text: string, maxChars: number): string {
  let fitted = cutText(text, maxChars);
  while (Buffer.byteLength(JSON.stringify(fitted)) > MAX_TEXT_BYTES) {
    fitted = cutText(fitted, Math.floor(fitted.length / 2));
  }
  return fitted;
}

const count = z.int().min(0);
const userEnd = z.strictObject({
  user: count,
  incarnation: count,
  reason: z.enum(['stopped', 'stop-user', 'start-failed', 'cut']),
  iterations: count.exactOptional(),
});

const heldUser = z.strictObject({
  user: userNumber,
  classIndex: count,
  incarnation: count,
  atMs: instantMs,
  stopAtMs: instantMs.exactOptional(),
  iterations: z.int().min(1).exactOptional(),
});
const spentUser = z.strictObject({
  user: userNumber,
  incarnation: count,
  isRetired: z.boolean(),
  iterations: count.exactOptional(),
});
const holdingState = z.strictObject({
  isReady: z.boolean(),
  isPrepared: z.boolean(),
  isStarted: z.boolean(),
  stops: z.enum(['no', 'by itself', 'by order']),
});

const workerMessage: z.ZodType<WorkerMessage> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('prepared') }),
  z.strictObject({
    type: z.literal('script-message'),
    name: z.string().max(MAX_MESSAGE_NAME_CHARS),
    data: json,
  }),
  z.strictObject({ type: z.literal('script-report'), data: json }),
  z.strictObject({ type: z.literal('script-failed'), message: z.string().max(MAX_TEXT_CHARS) }),
  z.strictObject({ type: z.literal('ended'), users: z.array(userEnd).max(MAX_ENDS) }),
  z.strictObject({
    type: z.literal('log'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    text: z.string().max(MAX_TEXT_CHARS),
  }),
  z.strictObject({ type: z.literal('stop-test'), reason: z.string().max(MAX_REASON_CHARS) }),
  z.strictObject({
    type: z.literal('holding'),
    held: z.array(heldUser).max(MAX_HELD),
    spent: z.array(spentUser).max(MAX_HELD),
    state: holdingState.exactOptional(),
  }),
  z.strictObject({ type: z.literal('leaving') }),
  z.strictObject({ type: z.literal('drained'), lastSequence: count, lastUserEndUs: instantUs }),
]);

const workerFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    nodeId: z.string().regex(/^[\w-]{8,64}$/),
    // These texts are shown on terminals, so they must hold nothing that could steer one.
    host: z
      .string()
      .max(255)
      .regex(/^\P{C}*$/u),
    pid: count,
    cores: count,
    resume: z
      .strictObject({
        runId: z.string().max(64),
        epoch: leaseEpoch,
        lastReceived: count,
        masterId: z.string().max(64),
      })
      .exactOptional(),
  }),
  z.strictObject({ type: z.literal('numbered'), number: count, message: workerMessage }),
  z.strictObject({ type: z.literal('heartbeat'), seen: count, blockedMs: durationMs }),
  z.strictObject({ type: z.literal('clock-probe'), id: count }),
]);

/**
 * Reads a text message of a worker.
 *
 * @throws {ProtocolError} Where it is anything but a `WorkerFrame`.
 */
export function parseWorkerFrame(text: string): WorkerFrame {
  return parseWith<WorkerFrame>(workerFrame, text, 'a worker');
}
