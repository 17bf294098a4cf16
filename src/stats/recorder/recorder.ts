/**
 * Hot path: `sent` and `finished` run once for every exchange, without allocation in the steady
 * state (known names, known statuses, no failures).
 */
import { assert, InternalError } from '../../base/errors.ts';
import { secondsToUs } from '../../base/units.ts';
import type { ExchangeName, ExchangeSink } from '../../measure/exchange-sink.ts';
import type { RequestOutcome } from '../../measure/request-outcome.ts';
import { Histogram } from '../histogram/histogram.ts';
import type {
  ErrorCount,
  ExceptionCount,
  Interval,
  NameStats,
  WorkerHealth,
} from '../interval/interval.ts';
import { MeasuredFields } from '../interval/name-counts.ts';
import { NameTotals } from '../interval/name-totals.ts';
import type { TallyUpdate } from '../interval/tally.ts';
import { DEFAULT_MAX_NAMES, NameTable } from './name-table.ts';
import { RecordedErrors, RecordedExceptions } from './recorded-failures.ts';

/**
 * After a freeze (a suspended laptop, a stopped process) at most so many empty seconds are given; older ones
 * are left out.
 */
const MAX_SKIPPED_SECONDS = 3600;
const SECOND_US = secondsToUs(1);

/** A request name as the recorder knows it; only the recorder makes them. */
export class NameEntry implements ExchangeName {
  readonly method: string;
  readonly name: string;
  /** Place in the order of first sight; tallies call the name by this number. */
  readonly index: number;
  /** Exchanges on the wire: a level that goes on from second to second. */
  inFlight = 0;
  /** Exchanges sent so far. One that ends under another name moves to that name's count. */
  sent = 0;
  /** `sent` as the last tally told it. */
  told = 0;
  /** The current second's counts. */
  delta: NameTotals;
  /** Takes the place of `delta` when the second is over, so that none is made anew. */
  spare: NameTotals | undefined = undefined;
  /** Most answers have one status: they are counted here, and added to `delta` when the second is over. */
  #status = 0;
  #statusCount = 0;

  constructor(method: string, name: string, index = 0) {
    this.method = method;
    this.name = name;
    this.index = index;
    this.delta = new NameTotals(method, name);
  }

  /** An answer of that status has come. */
  countStatus(status: number): void {
    if (status !== this.#status) {
      this.noteStatus();
      this.#status = status;
    }
    this.#statusCount += 1;
  }

  /** Makes `delta` complete. */
  noteStatus(): void {
    if (this.#statusCount === 0) return;
    this.delta.countStatus(this.#status, this.#statusCount);
    this.#statusCount = 0;
  }
}

/** What was recorded in one second of the run: an interval without users and health. */
export interface RecordedSecond {
  /** May be negative: before the run's start. */
  readonly second: number;
  readonly names: readonly NameStats[];
  readonly errors: readonly ErrorCount[];
  readonly exceptions: readonly ExceptionCount[];
}

/** Options of a `Recorder`. */
export interface RecorderOptions {
  /** Names kept apart; further ones share `(other names)`. @default 1000 */
  readonly maxNames?: number;
}

/**
 * Makes an interval of a recorded second.
 *
 * @param usersPeak - The most users at once in that second.
 */
export function toInterval(
  recorded: RecordedSecond,
  users: number,
  health: WorkerHealth,
  usersPeak: number = users,
): Interval {
  const { second, names, errors, exceptions } = recorded;
  return {
    second,
    users,
    usersPeak: Math.max(users, usersPeak),
    health,
    names,
    errors,
    exceptions,
  };
}

/**
 * Where a worker's requests are counted, second by second, whatever their protocol.
 *
 * A request belongs to the second it finished in. Seconds are cut by the times of the requests
 * themselves, and by `rotate` where there are none, so a late timer moves no request. Every second since
 * `begin` is given exactly once, empty ones too. At each cut the ledger closes: all exchanges ever
 * announced by `sent` are either counted in a second given so far or in its level `inFlight`.
 */
export class Recorder implements ExchangeSink {
  readonly #names: NameTable<NameEntry>;
  readonly #errors = new RecordedErrors();
  readonly #exceptions = new RecordedExceptions();
  #pending: RecordedSecond[] = [];
  #toldNames = 0;
  #startUs = 0;
  #second = 0;
  /** End of the current second by the worker's clock; never reached before `begin`. */
  #endUs = Number.POSITIVE_INFINITY;

  constructor(options: RecorderOptions = {}) {
    const { maxNames = DEFAULT_MAX_NAMES } = options;
    this.#names = new NameTable(
      (method, name) => new NameEntry(method, name, this.#names.entries.length),
      maxNames,
    );
  }

  /** How many distinct names were counted as `(other names)`; above 10,000 it stays at that. */
  get foldedNames(): number {
    return this.#names.foldedNames;
  }

  /**
   * Says when the run starts; called once. No second ends before this call, and what was recorded before it
   * counts in the second of `nowUs`.
   *
   * @param startUs - The first user's start by the worker's clock; may lie ahead.
   */
  begin(startUs: number, nowUs: number): void {
    assert(this.#endUs === Number.POSITIVE_INFINITY, 'the recorder has begun already');
    this.#startUs = startUs;
    this.#enter(Math.floor((nowUs - startUs) / SECOND_US));
  }

  /** Looks a name up, or adds it. */
  nameOf(method: string, name: string): NameEntry {
    return this.#names.get(method, name);
  }

  /** The first byte of an exchange is handed to the connection now. */
  sent(name: NameEntry): void {
    name.inFlight += 1;
    name.sent += 1;
  }

  /** The answer of an exchange leads to a further one of the same request. */
  redirected(name: NameEntry, bytesReceived: number, finishedAtUs: number): void {
    this.#reach(finishedAtUs);
    this.#land(name);
    name.delta.redirected += 1;
    name.delta.bytesReceived += bytesReceived;
  }

  /** An exchange was cut while on the wire, at the end of a stop. */
  abandoned(name: NameEntry, bytesReceived: number, finishedAtUs: number): void {
    this.#reach(finishedAtUs);
    this.#land(name);
    name.delta.abandoned += 1;
    name.delta.bytesReceived += bytesReceived;
  }

  /**
   * A request is over.
   *
   * @param sentAs - The name given to `sent`, where `outcome.sent`.
   * @param name - The name to count it under.
   * @param outcome - Read before this returns.
   */
  finished(sentAs: NameEntry, name: NameEntry, outcome: RequestOutcome): void {
    // The clock moves on first: where a second ends here, this request was still in flight in it.
    this.#reach(outcome.finishedAtUs);
    if (outcome.sent) {
      this.#land(sentAs);
      sentAs.sent -= 1;
      name.sent += 1;
    }
    this.#count(name, outcome);
  }

  /** Something that was sent and is over already: one exchange, for which `sent` was not called. */
  measured(name: NameEntry, outcome: RequestOutcome): void {
    this.#reach(outcome.finishedAtUs);
    if (outcome.sent) name.sent += 1;
    this.#count(name, outcome);
  }

  /** Counts what a task, `onStart`, `onStop` or a listener threw, in the current second. */
  exception(message: string, traceback: string): void {
    this.#exceptions.count(message, traceback);
  }

  /** Ends the seconds that are over by `nowUs`; for a timer that runs about once a second. */
  rotate(nowUs: number): void {
    this.#reach(nowUs);
  }

  /** Ends the current second early, at the end of a run; what follows counts in the next. */
  flush(nowUs: number): void {
    this.#reach(nowUs);
    if (this.#endUs === Number.POSITIVE_INFINITY) return;
    this.#cut();
    this.#enter(this.#second + 1);
  }

  /** The seconds that have ended since the last call, oldest first, each exactly once. */
  takePending(): RecordedSecond[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  /** Whether a second is over at `nowUs` that was not taken yet. */
  hasEnded(nowUs: number): boolean {
    return this.#pending.length > 0 || nowUs >= this.#endUs;
  }

  /** Exchanges on the wire, over all names. */
  get inFlight(): number {
    let level = 0;
    for (const entry of this.#names.entries) level += entry.inFlight;
    return level;
  }

  /** What was sent since the last call, by name; `undefined` where nothing was, or before `begin`. */
  takeTally(): TallyUpdate | undefined {
    const { entries } = this.#names;
    if (this.#endUs === Number.POSITIVE_INFINITY) return undefined;
    const counts: { index: number; sent: number }[] = [];
    for (const entry of entries) {
      if (entry.sent === entry.told) continue;
      entry.told = entry.sent;
      counts.push({ index: entry.index, sent: entry.sent });
    }
    if (counts.length === 0) return undefined;
    const newNames = entries.slice(this.#toldNames).map(({ method, name }) => ({ method, name }));
    this.#toldNames = entries.length;
    return { second: this.#second, newNames, counts };
  }

  /** Takes a second's memory back once it was encoded; it must not be read afterwards. */
  recycle(recorded: RecordedSecond): void {
    for (const stats of recorded.names) {
      // Levels without counts are shared by several seconds and cost nothing.
      if (!(stats instanceof NameTotals)) continue;
      stats.clear();
      this.#names.get(stats.method, stats.name).spare = stats;
    }
  }

  #count(name: NameEntry, outcome: RequestOutcome): void {
    const { delta } = name;
    if (outcome.ok) {
      delta.succeeded += 1;
      delta.succeededResponse.record(outcome.responseUs);
    } else {
      delta.failed += 1;
      delta.failedResponse.record(outcome.responseUs);
      if (!outcome.sent) delta.notSent += 1;
      this.#errors.count(name, outcome.error ?? 'failed', outcome.finishedAtUs);
    }
    delta.service.record(outcome.serviceUs);
    delta.lag.record(outcome.lagUs);
    if (outcome.ttfbUs >= 0) delta.ttfb.record(outcome.ttfbUs);
    if (outcome.status > 0) name.countStatus(outcome.status);
    delta.bytesReceived += outcome.bytesReceived;
    delta.contentBytes += outcome.contentBytes;
  }

  #land(name: NameEntry): void {
    // The text of an `assert` would be made for every exchange.
    if (name.inFlight <= 0) throw notSent(name);
    name.inFlight -= 1;
  }

  #reach(atUs: number): void {
    if (!(atUs >= this.#endUs)) return;
    const target = Math.floor((atUs - this.#startUs) / SECOND_US);
    this.#cut();
    const next = this.#second + 1;
    const skipFrom = Math.max(next, target - MAX_SKIPPED_SECONDS);
    if (skipFrom < target) this.#skip(skipFrom, target);
    // Rounding may put the end of a second a hair before it.
    this.#enter(Math.max(next, target));
  }

  #enter(second: number): void {
    this.#second = second;
    this.#endUs = this.#startUs + (second + 1) * SECOND_US;
  }

  #cut(): void {
    const names: NameStats[] = [];
    for (const entry of this.#names.entries) {
      const { delta } = entry;
      if (delta.isEmpty) {
        if (entry.inFlight > 0) names.push(levelOf(entry));
        continue;
      }
      entry.noteStatus();
      delta.inFlight = entry.inFlight;
      names.push(delta);
      entry.delta = entry.spare ?? new NameTotals(entry.method, entry.name);
      entry.spare = undefined;
    }
    this.#pending.push({
      second: this.#second,
      names,
      errors: this.#errors.take(this.#startUs),
      exceptions: this.#exceptions.take(),
    });
  }

  /** Adds the seconds that passed while nothing could run: they have levels and no counts. */
  #skip(from: number, end: number): void {
    const names = this.#names.entries.filter((entry) => entry.inFlight > 0).map(levelOf);
    for (let second = from; second < end; second += 1) {
      this.#pending.push({ second, names, errors: [], exceptions: [] });
    }
  }
}

function notSent({ method, name }: NameEntry): InternalError {
  return new InternalError(`an exchange of ${method} ${name} ended that was not sent`);
}

const EMPTY_HISTOGRAM = new Histogram();
const NOTHING_MEASURED = new MeasuredFields(() => EMPTY_HISTOGRAM);
const NO_STATUSES: ReadonlyMap<number, number> = new Map();

/** A name under which nothing ended: only its level is worth telling. */
function levelOf({ method, name, inFlight }: NameEntry): NameStats {
  return { ...NOTHING_MEASURED, method, name, inFlight, statuses: NO_STATUSES };
}
