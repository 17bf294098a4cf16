import { InternalError, KatydidError, messageOf } from '../base/errors.ts';
import type {
  CommitResult,
  RunBatch,
  RunEnd,
  RunEvent,
  RunInfo,
  RunLogLine,
  WorkerRecord,
} from '../store/run-record.ts';
import type { ArrivedInterval } from './fleet.ts';

/** Where a run is kept: the run file, or memory in simulations. */
export interface RunStore {
  /** Resolves when the batch is durable. */
  commit(batch: RunBatch): Promise<CommitResult>;
  /** Writes the run's end, after the last commit. */
  finish(end: RunEnd): Promise<void>;
}

/** Who is told what became of what was added. */
export interface JournalListener {
  /** These are stored for good: now they may be counted and acknowledged. */
  onStored(intervals: readonly ArrivedInterval[]): void;
  /** The disk is full: what is at hand may still fit into the reserve, but the run must stop. Told once. */
  onDiskFull(error: KatydidError): void;
  /** Nothing can be stored any more; told once. */
  onFailed(error: KatydidError): void;
}

interface Pending {
  intervals: ArrivedInterval[];
  workers: WorkerRecord[];
  events: RunEvent[];
  log: RunLogLine[];
  phases: { readonly fromSecond: number }[];
  info: Partial<RunInfo>;
}

/**
 * Gathers what is to be stored and commits it in order, one transaction at a time: the owner says
 * when. What a failed commit held is lost with the store; nothing of it was acknowledged.
 */
export class Journal {
  readonly #store: RunStore;
  readonly #listener: JournalListener;
  #pending: Pending = nothing();
  #running: Promise<void> | undefined;
  #hasFailed = false;
  #isDiskFull = false;

  constructor(store: RunStore, listener: JournalListener) {
    this.#store = store;
    this.#listener = listener;
  }

  /** Whether something was added that is not stored yet. */
  get isBehind(): boolean {
    return this.#running !== undefined || this.#pending.intervals.length > 0;
  }

  /** Adds an interval. */
  interval(interval: ArrivedInterval): void {
    this.#pending.intervals.push(interval);
  }

  /** Adds a worker, or what has changed of it. */
  worker(record: WorkerRecord): void {
    this.#pending.workers.push(record);
  }

  /** Adds something that happened. */
  event(event: RunEvent): void {
    this.#pending.events.push(event);
  }

  /** Adds a line of the log. */
  log(line: RunLogLine): void {
    this.#pending.log.push(line);
  }

  /** Statistics start again with this second. */
  phase(fromSecond: number): void {
    this.#pending.phases.push({ fromSecond });
  }

  /** Fields of the run that are known only now. */
  info(info: Partial<RunInfo>): void {
    this.#pending.info = { ...this.#pending.info, ...info };
  }

  /** Commits what there is, after the commit that is under way. Never rejects. */
  async commit(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#hasFailed) return;
    this.#running = this.#commitNow();
    await this.#running;
    this.#running = undefined;
  }

  /** Commits the rest and writes the run's end. Never rejects. */
  async finish(end: RunEnd): Promise<void> {
    await this.commit();
    // After a failure too: a full disk may have room for this last little.
    try {
      await this.#store.finish(end);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #commitNow(): Promise<void> {
    const pending = this.#pending;
    this.#pending = nothing();
    const { intervals, workers, events, log, phases, info } = pending;
    const isEmpty = [intervals, workers, events, log, phases, Object.keys(info)].every(
      (list) => list.length === 0,
    );
    if (isEmpty) return;
    try {
      await this.#commitTwice({
        intervals: intervals.map(({ member, epoch, sequence, payload }) => ({
          workerId: member.workerId,
          epoch,
          sequence,
          payload,
        })),
        workers,
        events,
        log,
        phases,
        info,
      });
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#listener.onStored(intervals);
  }

  /** A full disk sets the store's reserve free, so the second try may succeed. */
  async #commitTwice(batch: RunBatch): Promise<void> {
    try {
      await this.#store.commit(batch);
    } catch (error) {
      if (!(error instanceof KatydidError) || error.code !== 'KAT_DISK_FULL') throw error;
      if (this.#isDiskFull) throw error;
      this.#isDiskFull = true;
      this.#listener.onDiskFull(error);
      await this.#store.commit(batch);
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#listener.onFailed(
      error instanceof KatydidError
        ? error
        : new InternalError(`the run file cannot be written: ${messageOf(error)}`, {
            cause: error,
          }),
    );
  }
}

function nothing(): Pending {
  return { intervals: [], workers: [], events: [], log: [], phases: [], info: {} };
}
