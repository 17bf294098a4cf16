import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KatydidError, messageOf } from '../../base/errors.ts';
import type { CommitResult, RunBatch, RunEnd, RunInfo } from '../record/run-record.ts';
import type { RunDatabaseOptions } from './run-transactions.ts';
import {
  packBatch,
  type WriterReply,
  type WriterRequest,
  type WriterThreadData,
} from './run-writer-messages.ts';

/** Suffix of the history among the CSV files. */
const HISTORY_SUFFIX = '_stats_history.csv';

/** A request on its way: settled in the order in which the thread answers. */
interface PendingReply {
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A run file while the run goes on, as the master sees it. The writing is done by a thread of its
 * own; calls are carried out in the order in which they were made.
 */
export class RunWriter {
  /** Absolute path of the run file. */
  readonly path: string;
  readonly #thread: Worker;
  readonly #pending: PendingReply[] = [];
  #death: KatydidError | undefined;
  #closing: Promise<void> | undefined;

  /** Use `openRunWriter`. */
  constructor(path: string, thread: Worker) {
    this.path = path;
    this.#thread = thread;
    thread.on('message', (reply: WriterReply) => {
      this.#settle(reply);
    });
    thread.on('error', (cause) => {
      this.#die(`The thread that writes ${path} failed: ${messageOf(cause)}`, cause);
    });
    thread.on('exit', () => {
      this.#die(`${path} is closed`, undefined);
    });
  }

  /**
   * Adds to the run file. Resolves once it is durable: only then may intervals be acknowledged.
   *
   * @param batch - Copied; the caller may use its buffers again at once.
   * @throws {KatydidError} `KAT_DISK_FULL`: nothing of the batch was kept and the run should stop. A
   *   reserve was set free by it, so the same batch and the last intervals of the stop will normally
   *   fit. `KAT_PROTOCOL`: an interval is none. `KAT_STORE`: the file cannot be written any more.
   */
  commit(batch: RunBatch): Promise<CommitResult> {
    const packed = packBatch(batch);
    return this.#ask({ type: 'commit', batch: packed }, [packed.payloads.buffer]);
  }

  /**
   * From now on rows of `PREFIX_stats_history.csv` appear two seconds after their second; to be
   * called before the first commit. The report writes the file again, whole, at the end.
   *
   * @param isFull - Rows for every name too.
   * @throws {KatydidError} `KAT_OUTPUT` where the file cannot be written.
   */
  async attachHistoryCsv(prefix: string, isFull: boolean): Promise<void> {
    await this.#ask({ type: 'history', path: resolve(`${prefix}${HISTORY_SUFFIX}`), isFull });
  }

  /** Records how the run ended. Errors as for `commit`. */
  async finish(end: RunEnd): Promise<void> {
    await this.#ask({ type: 'finish', end });
  }

  /**
   * Leaves one complete file and ends the thread; calling it again gives the same promise. Where the
   * disk is full, the file stays readable together with its `-wal`.
   */
  close(): Promise<void> {
    this.#closing ??= this.#ask({ type: 'close' }).then(() => undefined);
    return this.#closing;
  }

  /** Waits for the thread to have made the file; called by `openRunWriter`. */
  async ready(): Promise<void> {
    await this.#ask({ type: 'open' });
  }

  /** Ends the thread without closing the file, as a crash would. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }

  #ask(request: WriterRequest, moved: readonly ArrayBuffer[] = []): Promise<CommitResult> {
    return new Promise((resolvePromise, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death);
        return;
      }
      this.#pending.push({ resolve: resolvePromise, reject });
      this.#thread.postMessage(request, moved);
    });
  }

  #settle(reply: WriterReply): void {
    const pending = this.#pending.shift();
    if (reply.ok) {
      pending?.resolve(reply.result);
      return;
    }
    const { code, message, hint } = reply.failure;
    pending?.reject(new KatydidError(code, message, hint === undefined ? {} : { hint }));
  }

  #die(message: string, cause: unknown): void {
    this.#death ??= new KatydidError('KAT_STORE', message, { cause });
    for (const pending of this.#pending.splice(0)) pending.reject(this.#death);
  }
}

/**
 * Makes a new run file, or goes on with one, and makes the thread that writes it.
 *
 * @param path - Must not exist; its folder must.
 * @param info - `undefined`: the file exists, and its writer is gone.
 * @throws {KatydidError} `KAT_OUTPUT` where it cannot be made, with the folder and the reason;
 *   `KAT_RUN_FILE` where one to go on with cannot be used.
 */
export async function openRunWriter(
  path: string,
  info: RunInfo | undefined,
  options: RunDatabaseOptions = {},
): Promise<RunWriter> {
  const absolute = resolve(path);
  const workerData: WriterThreadData = { path: absolute, info, ...options };
  // The source runs unbuilt too, and then this file is a .ts.
  const entry = import.meta.url.endsWith('.ts')
    ? './run-writer-thread.ts'
    : './run-writer-thread.js';
  const thread = new Worker(new URL(entry, import.meta.url), {
    workerData,
    execArgv: [],
    name: 'run-file',
  });
  const writer = new RunWriter(absolute, thread);
  try {
    await writer.ready();
    return writer;
  } catch (thrown) {
    await writer.terminate();
    throw thrown;
  }
}
