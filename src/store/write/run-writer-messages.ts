import type { ErrorCode } from '../../base/errors.ts';
import type { CommitResult, IntervalKey, RunBatch, RunEnd, RunInfo } from '../record/run-record.ts';

/** What the thread that writes the run file is started with. */
export interface WriterThreadData {
  readonly path: string;
  /** `undefined`: the file exists, and the run goes on. */
  readonly info: RunInfo | undefined;
  /** For tests: see `RunDatabaseOptions`. */
  readonly maxPages?: number;
}

/** A batch on its way: the payloads of all intervals lie one after the other in one buffer, which moves. */
export interface PackedBatch extends Omit<RunBatch, 'intervals'> {
  readonly keys: readonly (IntervalKey & { readonly bytes: number })[];
  readonly payloads: Uint8Array<ArrayBuffer>;
}

/** Packs a batch; its own buffers are copied. */
export function packBatch({ intervals, ...rest }: RunBatch): PackedBatch {
  const bytes = intervals.reduce((sum, { payload }) => sum + payload.length, 0);
  const payloads = new Uint8Array(bytes);
  let at = 0;
  const keys = intervals.map(({ workerId, epoch, sequence, payload }) => {
    payloads.set(payload, at);
    at += payload.length;
    return { workerId, epoch, sequence, bytes: payload.length };
  });
  return { ...rest, keys, payloads };
}

/** The batch again; payloads are parts of the one buffer. */
export function unpackBatch({ keys, payloads, ...rest }: PackedBatch): RunBatch {
  let at = 0;
  const intervals = keys.map(({ bytes, ...key }) => {
    at += bytes;
    return { ...key, payload: payloads.subarray(at - bytes, at) };
  });
  return { ...rest, intervals };
}

/** What it is asked to do, one at a time and in order. */
export type WriterRequest =
  | { readonly type: 'open' }
  | { readonly type: 'commit'; readonly batch: PackedBatch }
  | { readonly type: 'history'; readonly path: string; readonly isFull: boolean }
  | { readonly type: 'finish'; readonly end: RunEnd }
  | { readonly type: 'close' };

/** An error on its way between threads: classes do not survive the copy. */
export interface WriterFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** The answer to each request, in the same order. */
export type WriterReply =
  | { readonly ok: true; readonly result: CommitResult }
  | { readonly ok: false; readonly failure: WriterFailure };
