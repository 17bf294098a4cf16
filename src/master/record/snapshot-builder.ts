import { formatShare } from '../../base/format.ts';
import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import type {
  RunState,
  RunUpdate,
  SnapshotLogLine,
  SnapshotVerdict,
  SnapshotWorker,
  StatsWindow,
  WorkerStatus,
} from '../../stats/snapshot/run-snapshot.ts';
import {
  judgementOf,
  type RunEvidence,
  TOO_EARLY,
  unknownMostOf,
} from '../../stats/verdict/verdict.ts';
import type { StopReason } from '../../store/record/run-record.ts';
import type { Member } from '../fleet/member.ts';
import { liveEvidence } from './live-evidence.ts';

/**
 * The most rows of the history that an update carries: where a late worker changes more, the others come with
 * the next updates.
 */
const MAX_CHANGES = 60;
/** Lines of the log that a snapshot shows. */
const LOG_LINES = 500;

/** What does not change while a run goes on. */
export interface RunDescription {
  readonly runId: string;
  readonly script: string;
  readonly host: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly limitMs: number | null;
  readonly joinCommand: string;
  readonly workersExpected: number;
}

/** What the run's owner knows at one instant. */
export interface RunInstant {
  /** Milliseconds since the run's start, which stop at the last user's end; null before the start. */
  readonly atMs: number | null;
  readonly nowUs: number;
  readonly state: RunState;
  readonly targetUsers: number;
  readonly spawnRate: number;
  /** When what still runs is cut, by the clock of `nowUs`; `undefined` where nothing stops. */
  readonly cutAtUs: number | undefined;
  /** Why the run stops or has stopped; `undefined` while nothing stops it. */
  readonly stopReason: StopReason | undefined;
  readonly members: readonly Member[];
}

/** Makes the run's snapshots: numbers from the stored intervals, the rest from the run's owner. */
export class SnapshotBuilder {
  readonly #facts: RunDescription;
  readonly #aggregate: RunAggregate;
  readonly #log: SnapshotLogLine[] = [];
  #seq = 0;

  constructor(facts: RunDescription, aggregate: RunAggregate) {
    this.#facts = facts;
    this.#aggregate = aggregate;
  }

  /** Adds a line to the log; the oldest goes. */
  log(line: SnapshotLogLine): void {
    this.#log.push(line);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }

  /** The run as it is now. */
  build(instant: RunInstant): RunUpdate {
    const aggregate = this.#aggregate;
    // The newest second that all workers have reported: a younger one would show a dip that is not there.
    const second = aggregate.completeSecond;
    // At the end the rates are those of the summary: over what the run really took.
    const lastedSeconds = instant.state === 'finished' ? (instant.atMs ?? 0) / 1000 : second + 1;
    const measuredSeconds = Math.max(0, lastedSeconds - aggregate.measuredFromSecond);
    const { kinds, occurrences } = aggregate.exceptions();
    const run = aggregate.runWindow(measuredSeconds);
    const whole = instant.state === 'finished' ? lastedSeconds : undefined;
    const workers = instant.members.map((member) => this.#worker(member, instant, second, whole));
    const evidence = liveEvidence(aggregate, {
      seconds: Math.max(0, lastedSeconds),
      members: instant.members,
      stopReason: instant.stopReason,
      run,
    });
    this.#seq += 1;
    return {
      seq: this.#seq,
      at: instant.atMs ?? 0,
      state: instant.state,
      ...this.#facts,
      users: {
        now: aggregate.users.now,
        peak: aggregate.users.peak,
        target: instant.targetUsers,
        spawnRate: instant.spawnRate,
      },
      now: aggregate.window(second),
      run,
      historyEnd: second,
      changes: aggregate.takeHistoryChanges(second, MAX_CHANGES),
      verdict: snapshotVerdict(evidence, run, workers),
      thresholds: [],
      workers,
      requests: aggregate.requests(second, measuredSeconds),
      failures: aggregate.failures(),
      exceptions: { kinds, occurrences },
      ledger: { ...aggregate.ledger(), unknownMost: unknownMostOf(evidence) },
      log: [...this.#log],
      forcedStopInMs: forcedStopInMs(instant),
    };
  }

  /** @param wholeSeconds - How long a run that is over has lasted. */
  #worker(
    member: Member,
    instant: RunInstant,
    second: number,
    wholeSeconds: number | undefined,
  ): SnapshotWorker {
    const figures = this.#aggregate.worker(member.workerId, second);
    const isGone = !member.isAlive;
    const recentRps = isGone ? 0 : (figures?.rps ?? 0);
    return {
      id: member.workerId,
      host: member.host,
      pid: member.pid,
      address: member.contact.address,
      status: statusOf(member, instant.state),
      silentMs: Math.max(0, (instant.nowUs - member.lastHeardUs) / 1000),
      users: isGone ? 0 : (figures?.users ?? 0),
      rps: wholeSeconds === undefined ? recentRps : this.#averageRps(member, wholeSeconds),
      cpu: figures?.health.cpuRatio ?? 0,
      loop: figures?.health.loopRatio ?? 0,
      lag99: figures?.lag99 ?? null,
      clockOffset: (figures?.health.clockOffsetUs ?? 0) / 1000,
      memMb: (figures?.health.memoryBytes ?? 0) / 1e6,
    };
  }

  #averageRps({ workerId }: Member, wholeSeconds: number): number {
    return wholeSeconds > 0 ? this.#aggregate.evidenceOf(workerId).requests / wholeSeconds : 0;
  }
}

/** What the judge says of a run, with its gravest finding; of a valid run, how much room its workers have. */
function snapshotVerdict(
  evidence: RunEvidence,
  run: StatsWindow,
  workers: readonly SnapshotWorker[],
): SnapshotVerdict {
  const { level, findings } = judgementOf(evidence);
  const [gravest] = findings;
  if (gravest !== undefined) return { level, reason: gravest.found, advice: gravest.remedy };
  if (level === 'pending') {
    return { level, reason: evidence.seconds === 0 ? 'no data yet' : TOO_EARLY };
  }
  return { level, reason: `generator has headroom (${headroomOf(run, workers)})` };
}

/** How busy the busiest worker is now, and how late it sends; once none runs, how late all requests were sent. */
function headroomOf(run: StatsWindow, workers: readonly SnapshotWorker[]): string {
  const running = workers.filter(({ status }) => status !== 'done' && status !== 'lost');
  const [first, ...others] = running;
  if (first === undefined) return `send lag p99 ${lagText(run.lag.p99 ?? 0)}`;
  const busiest = others.reduce((most, worker) => (worker.loop > most.loop ? worker : most), first);
  const lag = Math.max(0, ...running.map(({ lag99 }) => lag99 ?? 0));
  return `${busiest.id} loop ${formatShare(busiest.loop)} %, send lag p99 ${lagText(lag)}`;
}

function lagText(ms: number): string {
  return `${Number(ms.toFixed(2))} ms`;
}

function forcedStopInMs({ cutAtUs, nowUs, state }: RunInstant): number | null {
  return cutAtUs === undefined || state !== 'stopping'
    ? null
    : Math.max(0, (cutAtUs - nowUs) / 1000);
}

function statusOf(member: Member, state: RunState): WorkerStatus {
  if (member.state === 'lost') return 'lost';
  if (member.state === 'done' || member.state === 'drained') return 'done';
  if (member.isLate) return 'late';
  if (state === 'waiting') return 'ready';
  return member.hasRejoined || member.epoch > 1 ? 'rejoined' : 'running';
}
