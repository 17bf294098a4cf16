import { z } from 'zod';
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
  };
}

/** Control messages from a worker that must arrive exactly once. */
export type WorkerMessage =
  /** The script is loaded, the clock is compared: users may be assigned. */
  | { readonly type: 'ready' }
  /** The script does not load here. */
  | { readonly type: 'script-failed'; readonly message: string }
  /** These users are no longer running, each with its incarnation. */
  | {
      readonly type: 'ended';
      readonly users: readonly {
        readonly user: number;
        readonly incarnation: number;
        readonly reason: UserEndReason;
      }[];
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
  /** No user runs any more and none will; `lastSequence` is the last interval, `lastUserEndUs` since the run's start. */
  | { readonly type: 'drained'; readonly lastSequence: number; readonly lastUserEndUs: number };

/** Everything that a worker may send as text. */
export type WorkerFrame =
  | HelloMessage
  | { readonly type: 'numbered'; readonly number: number; readonly message: WorkerMessage }
  /** Once a second: still here; the last control message seen; how long the script has been blocking. */
  | { readonly type: 'heartbeat'; readonly seen: number; readonly blockedMs: number }
  | { readonly type: 'clock-probe'; readonly id: number };

const count = z.int().min(0);
const userEnd = z.strictObject({
  user: count,
  incarnation: count,
  reason: z.enum(['stopped', 'stop-user', 'start-failed', 'cut']),
});

const workerMessage: z.ZodType<WorkerMessage> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('script-failed'), message: z.string().max(65_536) }),
  z.strictObject({ type: z.literal('ended'), users: z.array(userEnd).max(1000) }),
  z.strictObject({
    type: z.literal('log'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    text: z.string().max(16_384),
  }),
  z.strictObject({ type: z.literal('stop-test'), reason: z.string().max(1000) }),
  z.strictObject({ type: z.literal('leaving') }),
  z.strictObject({ type: z.literal('drained'), lastSequence: count, lastUserEndUs: z.number() }),
]);

const workerFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    nodeId: z.string().regex(/^[\w-]{8,64}$/),
    host: z.string().max(255),
    pid: count,
    cores: count,
    resume: z
      .strictObject({ runId: z.string().max(64), epoch: count, lastReceived: count })
      .exactOptional(),
  }),
  z.strictObject({ type: z.literal('numbered'), number: count, message: workerMessage }),
  z.strictObject({ type: z.literal('heartbeat'), seen: count, blockedMs: z.number().min(0) }),
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
