import { InternalError, KatydidError, messageOf, ProtocolError } from '../../base/errors.ts';
import { MAX_AHEAD_SECONDS, type RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import type { StagedIntervals } from '../../stats/aggregate/staged-intervals.ts';
import { type ExceptionCount, NO_HEALTH } from '../../stats/interval/interval.ts';
import { encodeInterval } from '../../stats/interval/interval-codec.ts';
import { IntervalScanner } from '../../stats/interval/interval-scanner.ts';
import { RecordedExceptions } from '../../stats/recorder/recorded-failures.ts';
import { MAX_SECOND } from '../../store/file/schema.ts';
import {
  type CommitResult,
  type LeaseEnd,
  MASTER_ID,
  type RawInterval,
  type RawTally,
  type RunBatch,
  type RunEnd,
  type RunEvent,
  type RunInfo,
  type RunLogLine,
  type WorkerRecord,
} from '../../store/record/run-record.ts';
import type { ArrivedInterval } from '../fleet/fleet-listener.ts';

/** An interval that was read when it arrived. */
export interface JournaledInterval {
  readonly arrived: ArrivedInterval;
  /** Its second of the run; negative before the start. */
  readonly second: number;
  /** Whether it is in the stage; where there was no room, its payload has to be read again. */
  readonly isStaged: boolean;
  readonly exceptions: readonly ExceptionCount[];
}

/** Intervals of one commit, by now durable. */
export interface StoredIntervals {
  /** In the order of their seconds; intervals of one second in the order in which they came. */
  readonly intervals: readonly JournaledInterval[];
  readonly staged: StagedIntervals;
}

/** Where a run is kept: the run file, or memory in simulations. */
export interface RunStore {
  /** Resolves when the batch is durable. */
  commit(batch: RunBatch): Promise<CommitResult>;
  /** Writes the run's end, after the last commit. */
  finish(end: RunEnd): Promise<void>;
}

/** Who is told what became of what was added. */
export interface JournalListener {
  /** Intervals are stored for good: now they may be counted and acknowledged. */
  onStored(intervals: StoredIntervals): void;
  /** The disk is full: what is at hand may still fit into the reserve, but the run must stop. Told once. */
  onDiskFull(error: KatydidError): void;
  /** Nothing can be stored any more; told once. */
  onFailed(error: KatydidError): void;
}

interface Pending {
  intervals: JournaledInterval[];
  readonly staged: StagedIntervals;
  tallies: RawTally[];
  leaseEnds: LeaseEnd[];
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
  readonly #aggregate: RunAggregate;
  readonly #listener: JournalListener;
  readonly #scanner = new IntervalScanner();
  #pending: Pending;
  #running: Promise<void> | undefined;
  #hasFailed = false;
  #hasEnded = false;
  #isDiskFull = false;
  readonly #masterEpoch: number;
  #masterSequence = 0;
  readonly #exceptions = new RecordedExceptions();

  /**
   * @param aggregate - What intervals are staged for; nothing is counted in it here.
   * @param masterEpoch - Counts the processes that were this run's master.
   */
  constructor(
    store: RunStore,
    aggregate: RunAggregate,
    listener: JournalListener,
    masterEpoch = 1,
  ) {
    this.#store = store;
    this.#aggregate = aggregate;
    this.#listener = listener;
    this.#pending = nothing(aggregate.stage());
    this.#masterEpoch = masterEpoch;
  }

  /** Whether nothing can be stored any more. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Whether what comes now can be stored as well: the disk has room, and no commit has failed. */
  get canStore(): boolean {
    return !this.#hasFailed && !this.#isDiskFull;
  }

  /**
   * Reads an interval, so that nonsense does not reach the file, and adds it.
   *
   * @param runSecond - Where the run stands by the master's clock. Only this bounds the seconds that are
   *   kept: each interval may be a day ahead of the one before.
   * @throws {ProtocolError} Where its payload is no interval of a run, or of a second more than a day
   *   ahead; nothing is added then.
   */
  interval(arrived: ArrivedInterval, runSecond: number): void {
    const interval = this.#scanner.scan(arrived.payload);
    const { second, exceptions } = interval;
    if (second > Math.min(MAX_SECOND, runSecond + MAX_AHEAD_SECONDS)) {
      throw new ProtocolError(`An interval is of second ${second}, the run is at ${runSecond}`);
    }
    const { intervals, staged } = this.#pending;
    const isStaged = staged.hasRoomFor(interval);
    if (isStaged) staged.add(arrived.member.workerId, interval, arrived.epoch);
    intervals.push({ arrived, second, isStaged, exceptions });
  }

  /** Adds what a worker says that it has sent. */
  tally(tally: RawTally): void {
    this.#pending.tallies.push(tally);
  }

  /** Adds how a lease ended. */
  leaseOver(end: LeaseEnd): void {
    this.#pending.leaseEnds.push(end);
  }

  /** Adds an exception of the script on the master; bounded as on every worker. */
  exception(message: string, traceback: string): void {
    this.#exceptions.count(message, traceback);
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
    if (this.#hasFailed || this.#hasEnded) return;
    this.#running = this.#commitNow();
    await this.#running;
    this.#running = undefined;
  }

  /** Commits the rest and writes the run's end. Never rejects. */
  async finish(end: RunEnd): Promise<void> {
    // Two commits: what the first one stores may make lines for the log.
    await this.commit();
    await this.commit();
    // What still comes has no place any more.
    this.#hasEnded = true;
    // After a failure for another reason the file must not look as if all of the run were in it.
    if (this.#hasFailed && !this.#isDiskFull) return;
    // Even a full disk may have room for the run's end, which is small.
    try {
      await this.#store.finish(end);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #commitNow(): Promise<void> {
    const pending = this.#pending;
    this.#pending = nothing(this.#aggregate.stage());
    const { intervals: arrived, staged, info, ...others } = pending;
    const intervals = bySecond(arrived);
    const exceptions = this.#exceptions.take();
    const lists = [intervals, exceptions, Object.keys(info), ...Object.values(others)];
    if (lists.every((list) => list.length === 0)) return;
    try {
      await this.#commitTwice({
        intervals: [
          ...intervals.map(({ arrived: { member, epoch, sequence, payload } }) => ({
            workerId: member.workerId,
            epoch,
            sequence,
            payload,
          })),
          ...this.#masterIntervals(exceptions),
        ],
        ...others,
        info,
      });
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#listener.onStored({ intervals, staged });
  }

  /** The run file keeps exceptions by interval. Exceptions on the master get one without a second. */
  #masterIntervals(exceptions: readonly ExceptionCount[]): readonly RawInterval[] {
    if (exceptions.length === 0) return [];
    this.#masterSequence += 1;
    const none = { second: -1, users: 0, usersPeak: 0, health: NO_HEALTH, names: [], errors: [] };
    const interval = { ...none, exceptions };
    const payload = encodeInterval(interval);
    const [epoch, sequence] = [this.#masterEpoch, this.#masterSequence];
    return [{ workerId: MASTER_ID, epoch, sequence, payload }];
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

/**
 * Sorts by second; intervals of one second stay as they came. So all workers' figures of a name in a
 * second are added up while its sums are at hand, also after a worker's reconnect.
 */
function bySecond(intervals: JournaledInterval[]): JournaledInterval[] {
  return intervals.sort((a, b) => a.second - b.second);
}

function nothing(staged: StagedIntervals): Pending {
  return {
    intervals: [],
    staged,
    tallies: [],
    leaseEnds: [],
    workers: [],
    events: [],
    log: [],
    phases: [],
    info: {},
  };
}
