import { Histogram } from '../../stats/histogram/histogram.ts';
import type { LoopStalls } from '../../stats/interval/interval.ts';
import type { Ledger } from '../../stats/snapshot/run-snapshot.ts';
import { SATURATED_LOOP_RATIO } from '../../stats/verdict/verdict.ts';
import { endOf, infoOf } from '../file/run-description.ts';
import type { RunFolding, SecondWorker } from '../folding/run-folding.ts';
import { type LeaseRecord, unknownRequests } from '../folding/unknown-requests.ts';
import {
  compareNames,
  compareText,
  createNameFigures,
  type MutableNameFigures,
  mergeNameFigures,
} from '../record/name-figures.ts';
import type { NameMap } from '../record/name-map.ts';
import type {
  ErrorFigures,
  ExceptionFigures,
  NameFigures,
  RunEnd,
  RunRecord,
  SecondFigures,
  WorkerFigures,
  WorkerRecord,
} from '../record/run-record.ts';
import type { RunTables } from './run-tables.ts';

/** The row that names past the limit are counted in. */
const OTHER_NAMES = '(other names)';

/** Makes the record of a run from its tables. Nothing in it depends on when or where it is made. */
export function summarizeRun(tables: RunTables): RunRecord {
  const info = infoOf(tables.runValue('info'));
  const end = endOf(tables.runValue('end'));
  const { folding } = tables;
  const unknown = assignUnknown(tables);
  const names = sortedNames(folding.phaseNames.get(tables.phaseStarts.length)).filter(hasFigures);
  const { seconds, workers } = walkSeconds(tables, end, unknown);
  const durationSeconds = end?.durationSeconds ?? seconds.length;
  const startedAtEpochMs = info.startedAtEpochMs ?? info.createdAtEpochMs;
  return {
    info,
    ended: end !== undefined,
    stopReason: end?.stopReason ?? 'crashed',
    durationSeconds,
    endedAtEpochMs: end?.endedAtEpochMs ?? startedAtEpochMs + durationSeconds * 1000,
    measuredFromSecond: tables.phaseStarts.at(-1) ?? 0,
    names,
    total: totalOf(names),
    ledger: ledgerOf([...folding.phaseNames.values()].flatMap((phase) => [...phase.values()])),
    errors: sortedErrors(folding, tables.phaseStarts.length),
    exceptions: sortedExceptions(folding, tables.workers),
    seconds,
    workers,
    events: tables.events(),
    log: tables.log(),
    namesFolded: [...folding.phaseNames.values()].some((phase) =>
      [...phase.values()].some(({ name }) => name === OTHER_NAMES),
    ),
  };
}

/** Adds up figures of names, `unknown` included. */
export function totalOf(names: Iterable<NameFigures>): NameFigures {
  const total = createNameFigures('', 'Aggregated');
  for (const figures of names) {
    mergeNameFigures(total, figures);
    total.unknown += figures.unknown;
  }
  return total;
}

/** Counts exchanges with an unknown end under their names. @returns Their number by worker. */
function assignUnknown(tables: RunTables): ReadonlyMap<string, UnknownOfWorker> {
  const { folding } = tables;
  const leases = tables.leases();
  const byWorker = new Map(
    tables.workers.map((worker) => [worker.workerId, bounded(worker, leases)]),
  );
  for (const entry of unknownRequests(folding, tables.lastIntervals(), leases ?? [])) {
    const phase = folding.phaseOf(Math.max(entry.second, 0));
    folding.phaseName(phase, entry.method, entry.name).unknown += entry.count;
    const worker = byWorker.get(entry.workerId);
    if (worker !== undefined) worker.unknown += entry.count;
  }
  return byWorker;
}

/** Exchanges of a worker whose end is unknown. */
interface UnknownOfWorker {
  unknown: number;
  /** What it may have sent beyond that; null where nothing tells. */
  readonly atMostMore: number | null;
}

function bounded(
  { workerId, status }: WorkerRecord,
  leases: readonly LeaseRecord[] | undefined,
): UnknownOfWorker {
  // An older file does not have leases: what was in flight is all that can be said.
  if (leases === undefined) return { unknown: 0, atMostMore: 0 };
  const own = leases.filter((lease) => lease.workerId === workerId);
  const isOpen = status === 'lost' && (own.at(-1)?.atMostMore ?? null) === null;
  const atMostMore = own.reduce((sum, lease) => sum + (lease.atMostMore ?? 0), 0);
  return { unknown: 0, atMostMore: isOpen ? null : atMostMore };
}

function ledgerOf(names: Iterable<NameFigures>): Ledger {
  const { succeeded, failed, notSent, abandoned, redirected, unknown } = totalOf(names);
  const sent = succeeded + failed - notSent + abandoned + redirected + unknown;
  return { sent, succeeded, failed, notSent, abandoned, redirected, unknown };
}

function sortedNames(names: NameMap<MutableNameFigures> | undefined): NameFigures[] {
  return [...(names?.values() ?? [])].sort(compareNames);
}

/**
 * Whether anything ended under this name: a request that its answer gave another name, or that was on its
 * way when the statistics started again, left no more than a level of exchanges in flight.
 */
function hasFigures(figures: NameFigures): boolean {
  const { succeeded, failed, abandoned, redirected, unknown } = figures;
  return succeeded + failed + abandoned + redirected + unknown > 0;
}

function sortedErrors(folding: RunFolding, phase: number): ErrorFigures[] {
  return [...(folding.errors.get(phase)?.values() ?? [])].sort(
    (a, b) => compareNames(a, b) || compareText(a.error, b.error),
  );
}

function sortedExceptions(
  folding: RunFolding,
  workers: readonly WorkerRecord[],
): ExceptionFigures[] {
  const order = new Map(workers.map(({ workerId }, index) => [workerId, index]));
  const exceptions = [...folding.exceptions.values()].map(({ message, traceback, byWorker }) => ({
    message,
    traceback,
    occurrences: [...byWorker.values()].reduce((sum, count) => sum + count, 0),
    workers: [...byWorker.keys()].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
  }));
  return exceptions.sort(
    (a, b) =>
      b.occurrences - a.occurrences ||
      compareText(a.message, b.message) ||
      compareText(a.traceback, b.traceback),
  );
}

/** Goes through the run second by second: the timeline, and each worker's figures. */
function walkSeconds(
  tables: RunTables,
  end: RunEnd | undefined,
  unknown: ReadonlyMap<string, UnknownOfWorker>,
): { seconds: SecondFigures[]; workers: WorkerFigures[] } {
  const heardOf = new Map<string, number>();
  for (const { workerId, second } of tables.lastIntervals()) {
    heardOf.set(workerId, Math.max(heardOf.get(workerId) ?? second, second));
  }
  const tallies = new Map(
    tables.workers.map((worker) => [
      worker.workerId,
      new WorkerTally(worker, heardOf.get(worker.workerId) ?? null),
    ]),
  );
  const seconds: SecondFigures[] = [];
  for (const second of tables.seconds()) {
    while (seconds.length < second) seconds.push(idleSecond(seconds.length));
    let users = 0;
    let usersPeak = 0;
    for (const entry of tables.secondWorkers(second)) {
      users += entry.users;
      usersPeak += entry.usersPeak;
      tallies.get(entry.workerId)?.add(entry);
    }
    seconds.push(secondFigures(second, { users, usersPeak }, tables.secondNames(second)));
  }
  trimSeconds(seconds, Math.ceil(end?.durationSeconds ?? 0));
  const workers = [...tallies.values()].map((tally) => tally.figures(unknown));
  return { seconds, workers };
}

/**
 * Leaves out seconds after the end that have neither users nor requests, and adds seconds that no worker
 * reported.
 */
function trimSeconds(seconds: SecondFigures[], wanted: number): void {
  while (seconds.length > wanted) {
    const last = seconds.at(-1);
    if (last === undefined || last.usersPeak > 0 || last.requests > 0) break;
    seconds.pop();
  }
  while (seconds.length < wanted) seconds.push(idleSecond(seconds.length));
}

function idleSecond(second: number): SecondFigures {
  return {
    second,
    users: 0,
    usersPeak: 0,
    requests: 0,
    failures: 0,
    p50Us: null,
    p95Us: null,
    p99Us: null,
  };
}

function secondFigures(
  second: number,
  levels: Pick<SecondFigures, 'users' | 'usersPeak'>,
  names: readonly NameFigures[],
): SecondFigures {
  const response = new Histogram();
  let failures = 0;
  for (const figures of names) {
    failures += figures.failed;
    response.merge(figures.succeededResponse);
    response.merge(figures.failedResponse);
  }
  const requests = names.reduce((sum, figures) => sum + figures.succeeded + figures.failed, 0);
  const [p50Us = null, p95Us = null, p99Us = null] = response.percentilesUs([0.5, 0.95, 0.99]);
  return { second, ...levels, requests, failures, p50Us, p95Us, p99Us };
}

/** Adds up a worker's seconds. */
class WorkerTally {
  readonly #worker: WorkerRecord;
  readonly #lastSecond: number | null;
  readonly #lag = new Histogram();
  #usersPeak = 0;
  #requests = 0;
  #activeSeconds = 0;
  #saturatedSeconds = 0;
  #cpuRatioSum = 0;
  #loopRatioSum = 0;
  readonly #stalls: LoopStalls[] = [];

  constructor(worker: WorkerRecord, lastSecond: number | null) {
    this.#worker = worker;
    this.#lastSecond = lastSecond;
  }

  add(entry: SecondWorker): void {
    const requests = entry.succeeded + entry.failed;
    this.#usersPeak = Math.max(this.#usersPeak, entry.usersPeak);
    this.#requests += requests;
    this.#lag.merge(entry.lag);
    if (entry.health.stalls.totalUs > 0) this.#stalls.push(entry.health.stalls);
    if (entry.users === 0 && requests === 0) return;
    this.#activeSeconds += 1;
    this.#cpuRatioSum += entry.health.cpuRatio;
    this.#loopRatioSum += entry.health.loopRatio;
    if (entry.health.loopRatio >= SATURATED_LOOP_RATIO) this.#saturatedSeconds += 1;
  }

  figures(unknownByWorker: ReadonlyMap<string, UnknownOfWorker>): WorkerFigures {
    const mean = (sum: number): number | null =>
      this.#activeSeconds === 0 ? null : sum / this.#activeSeconds;
    const { unknown = 0, atMostMore = 0 } = unknownByWorker.get(this.#worker.workerId) ?? {};
    return {
      ...this.#worker,
      unknown,
      unknownMost: atMostMore === null ? null : unknown + atMostMore,
      usersPeak: this.#usersPeak,
      requests: this.#requests,
      lastSecond: this.#lastSecond,
      activeSeconds: this.#activeSeconds,
      saturatedSeconds: this.#saturatedSeconds,
      cpuRatio: mean(this.#cpuRatioSum),
      loopRatio: mean(this.#loopRatioSum),
      stalls: this.#stalls,
      lag: this.#lag,
    };
  }
}
