import { z } from 'zod';
import { durationMs, instantMs, instantUs } from './bounds.ts';
import { parseWith } from './parse.ts';

/** A JSON value, as options are sent. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** How all users of a run talk HTTP. */
export interface HttpRunConfig {
  readonly engine: 'auto' | 'raw' | 'undici';
  /** Options by the names of a class's `static http`, which wins over them. */
  readonly defaults: Readonly<Record<string, Json>>;
  /** Options by the same names, which win over the class; PEM files are texts. */
  readonly options: Readonly<Record<string, Json>>;
}

/** What a worker must know of the run besides its users. */
export interface RunConfig {
  readonly runId: string;
  /** `--host`; empty where each class has its own. */
  readonly host: string;
  readonly seed: number;
  /** Names of the classes that take part; assignments name them by index. */
  readonly classes: readonly string[];
  readonly stopTimeoutMs: number;
  /** Silence of the master after which the worker's users stop. */
  readonly orphanTimeoutMs: number;
  /** How long to go on trying to rejoin. */
  readonly rejoinTimeoutMs: number;
  /** Silence after which the master gives a worker up for lost: the length of its lease. */
  readonly lostAfterMs: number;
  /** Tags as given by `-T` and `-E`. */
  readonly tags: readonly string[];
  readonly excludeTags: readonly string[];
  /** `-e`: set in the worker's environment before the script loads. */
  readonly env: Readonly<Record<string, string>>;
  /** `--set Class.attribute=value`. */
  readonly settings: Readonly<Record<string, string>>;
  /** The run's options as `environment.options` shows them to scripts. */
  readonly options: Readonly<Record<string, Json>>;
  /** How users talk HTTP; absent: as their classes say, with the engine that fits. */
  readonly http?: HttpRunConfig;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Workers asked for. */
  readonly workerCount: number;
  /** Number of this worker, 0-based; all other fields are the same for all workers. */
  readonly workerIndex: number;
}

/** The master's answer to a hello that it accepts. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  /** `w1`, `w2`, …: what people call this worker. */
  readonly workerId: string;
  /** Names the master's process: where it is a new one, both ends number their messages anew. */
  readonly masterId: string;
  /** Counts the leases of this worker; intervals are numbered within it. */
  readonly epoch: number;
  /** Whether the worker carries on under the lease that it named; else it starts anew. */
  readonly resumed: boolean;
  /** Last control message that the master received in this epoch. */
  readonly lastReceived: number;
  /** Last interval of this epoch that is stored. */
  readonly lastSequence: number;
  readonly config: RunConfig;
  /** Size and hash of the script, which follows in binary messages; absent where resumed. */
  readonly script?: { readonly bytes: number; readonly sha256: string };
}

/** A user to start: its number, the index of its class, how often it was started before, and when. */
export interface StartOrder {
  readonly user: number;
  readonly classIndex: number;
  readonly incarnation: number;
  /** Milliseconds since the run's start. */
  readonly atMs: number;
  /** Iterations after which it ends by itself, at least 1; absent: no such limit. */
  readonly iterations?: number;
}

/** A user to stop gracefully. */
export interface StopOrder {
  readonly user: number;
  /** Incarnation of the user that is to end. */
  readonly incarnation: number;
  readonly atMs: number;
}

/** Control messages from the master that must arrive exactly once. */
export type MasterMessage =
  /** The run starts at this instant of the master's clock. */
  | { readonly type: 'start'; readonly startAtUs: number }
  /** The test is about to start: `data` is what the script's setup returned. Answered by `prepared`. */
  | { readonly type: 'prepare'; readonly data: Json }
  /** All users of the run have been started, for the first time. */
  | { readonly type: 'spawned'; readonly users: number }
  /** A message of the script's. */
  | { readonly type: 'script-message'; readonly name: string; readonly data: Json }
  /** A start replaces an earlier order for the same user that was not carried out yet; so does a stop. */
  | {
      readonly type: 'assign';
      readonly starts: readonly StartOrder[];
      readonly stops: readonly StopOrder[];
    }
  /** No new iterations; what still runs after the timeout is cut. */
  | { readonly type: 'stop'; readonly timeoutMs: number }
  /** Cut everything now. */
  | { readonly type: 'cut' }
  /** Everything is stored and the run is over: the worker may end. */
  | { readonly type: 'finished' };

/** Everything that a master may send to a worker as text. */
export type MasterFrame =
  | WelcomeMessage
  | { readonly type: 'refused'; readonly message: string; readonly hint: string }
  | { readonly type: 'numbered'; readonly number: number; readonly message: MasterMessage }
  | {
      readonly type: 'clock-answer';
      readonly id: number;
      readonly masterUs: number;
      readonly seen: number;
    }
  /** The intervals of a lease up to and including this number are durable. */
  | { readonly type: 'stored'; readonly epoch: number; readonly sequence: number };

/** Most orders in one `assign`; more go in several. */
export const MAX_ORDERS = 500;
/** Longest name of a message of the script's, in UTF-16 units. */
export const MAX_MESSAGE_NAME_CHARS = 200;

const count = z.int().min(0);
const text = z.string().max(65_536);
const strings = z.array(z.string().max(1000)).max(1000);

/** Any JSON value: only the script knows what it means. */
export const json: z.ZodType<Json> = z.json();

const config: z.ZodType<RunConfig> = z.strictObject({
  runId: z.string().min(1).max(64),
  host: z.string().max(4096),
  seed: z.number(),
  classes: strings,
  stopTimeoutMs: durationMs,
  orphanTimeoutMs: durationMs,
  rejoinTimeoutMs: durationMs,
  lostAfterMs: durationMs,
  tags: strings,
  excludeTags: strings,
  env: z.record(z.string(), text),
  settings: z.record(z.string(), text),
  options: z.record(z.string(), json),
  http: z
    .strictObject({
      engine: z.enum(['auto', 'raw', 'undici']),
      defaults: z.record(z.string(), json),
      options: z.record(z.string(), json),
    })
    .exactOptional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  workerCount: count,
  workerIndex: count,
});

const masterMessage: z.ZodType<MasterMessage> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), startAtUs: instantUs }),
  z.strictObject({ type: z.literal('prepare'), data: json }),
  z.strictObject({ type: z.literal('spawned'), users: count }),
  z.strictObject({
    type: z.literal('script-message'),
    name: z.string().max(MAX_MESSAGE_NAME_CHARS),
    data: json,
  }),
  z.strictObject({
    type: z.literal('assign'),
    starts: z
      .array(
        z.strictObject({
          user: count,
          classIndex: count,
          incarnation: count,
          atMs: instantMs,
          iterations: z.int().min(1).exactOptional(),
        }),
      )
      .max(MAX_ORDERS),
    stops: z
      .array(z.strictObject({ user: count, incarnation: count, atMs: instantMs }))
      .max(MAX_ORDERS),
  }),
  z.strictObject({ type: z.literal('stop'), timeoutMs: durationMs }),
  z.strictObject({ type: z.literal('cut') }),
  z.strictObject({ type: z.literal('finished') }),
]);

const masterFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    workerId: z.string().regex(/^w\d{1,6}$/),
    masterId: z.string().max(64),
    epoch: count,
    resumed: z.boolean(),
    lastReceived: count,
    lastSequence: count,
    config,
    script: z.strictObject({ bytes: count, sha256: z.string().max(64) }).exactOptional(),
  }),
  z.strictObject({ type: z.literal('refused'), message: text, hint: text }),
  z.strictObject({ type: z.literal('numbered'), number: count, message: masterMessage }),
  z.strictObject({
    type: z.literal('clock-answer'),
    id: count,
    masterUs: instantUs,
    seen: count,
  }),
  z.strictObject({ type: z.literal('stored'), epoch: count, sequence: count }),
]);

/**
 * Reads a text message of a master.
 *
 * @throws {ProtocolError} Where it is anything but a `MasterFrame`.
 */
export function parseMasterFrame(message: string): MasterFrame {
  return parseWith<MasterFrame>(masterFrame, message, 'the master');
}
