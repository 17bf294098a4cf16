import type { ErrorCode } from '../base/errors.ts';
import type { CommitResult, RunBatch, RunEnd, RunInfo } from './run-record.ts';

/** What the thread that writes the run file is started with. */
export interface WriterThreadData {
  readonly path: string;
  /** `undefined`: the file exists, and the run goes on. */
  readonly info: RunInfo | undefined;
  /** For tests: see `RunDatabaseOptions`. */
  readonly maxPages?: number;
}

/** What it is asked to do, one at a time and in order. */
export type WriterRequest =
  | { readonly type: 'open' }
  | { readonly type: 'commit'; readonly batch: RunBatch }
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
