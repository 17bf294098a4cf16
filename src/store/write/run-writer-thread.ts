import { parentPort, workerData } from 'node:worker_threads';
import { assert, KatydidError, messageOf } from '../../base/errors.ts';
import { LiveHistory } from '../history/live-history.ts';
import { openRunFile } from '../read/run-reader.ts';
import type { CommitResult } from '../record/run-record.ts';
import { RunDatabase } from './run-database.ts';
import {
  unpackBatch,
  type WriterFailure,
  type WriterReply,
  type WriterRequest,
  type WriterThreadData,
} from './run-writer-messages.ts';

/*
 * The thread that writes the run file: answers one request after the other, in the order they were
 * sent. Merging comes after the answer, so that only the next request waits for it.
 */

const NOTHING_FOUND: CommitResult = { duplicates: [] };

class WriterThread {
  // What the starter passed is ours: run-writer.ts is the only one that starts this file.
  readonly #data = workerData as WriterThreadData;
  #database: RunDatabase | undefined;
  #history: LiveHistory | undefined;

  answer(request: WriterRequest): WriterReply {
    try {
      return { ok: true, result: this.#do(request) };
    } catch (thrown) {
      return { ok: false, failure: failureOf(thrown) };
    }
  }

  /** What can wait until the answer is on its way. */
  tidyUp(request: WriterRequest): void {
    if (request.type !== 'commit') return;
    this.#history?.flush(this.#database?.phaseStarts ?? []);
    this.#database?.foldIfDue();
  }

  #do(request: WriterRequest): CommitResult {
    if (request.type === 'open') {
      const { path, info, maxPages } = this.#data;
      this.#database = new RunDatabase(path, info, maxPages === undefined ? {} : { maxPages });
      return NOTHING_FOUND;
    }
    const database = this.#database;
    assert(database !== undefined, 'the run file is open');
    switch (request.type) {
      case 'commit':
        return database.commit(unpackBatch(request.batch), this.#history);
      case 'history':
        this.#history = new LiveHistory(request.path, request.isFull);
        if (this.#data.info === undefined) this.#restore(this.#history);
        break;
      case 'finish':
        database.finish(request.end);
        break;
      case 'close':
        this.#history?.close();
        database.close();
        break;
    }
    return NOTHING_FOUND;
  }

  /** Writes the rows of a resumed run again, since nothing tells which rows the process before wrote. */
  #restore(history: LiveHistory): void {
    using file = openRunFile(this.#data.path);
    history.restore(file);
    history.flush(file.phaseStarts);
  }
}

function failureOf(thrown: unknown): WriterFailure {
  if (thrown instanceof KatydidError) {
    return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  }
  return {
    code: 'KAT_STORE',
    message: `Cannot write the run file: ${messageOf(thrown)}`,
    hint: undefined,
  };
}

const port = parentPort;
assert(port !== null, 'this file runs in a thread');
const thread = new WriterThread();
port.on('message', (request: WriterRequest) => {
  port.postMessage(thread.answer(request));
  thread.tidyUp(request);
  if (request.type === 'close') port.close();
});
