import { formatCount, formatDuration, formatShare } from '../../base/format.ts';
import { secondsToMs, usToMs } from '../../base/units.ts';
import type { LoopStalls } from '../interval/interval.ts';
import type { LagTail } from './lag-tail.ts';

/** Whether the figures of a run can be relied on. */
export type Validity = 'valid' | 'suspect' | 'invalid';

/** Why a run is less than valid. */
export interface VerdictReason {
  /** A short stable word for programs. */
  readonly code: VerdictCode;
  /** For people: what was found, and what to do about it. */
  readonly message: string;
  readonly observed: number;
  readonly limit: number;
}

/** What can be wrong with a run. */
export type VerdictCode =
  | 'requests-unknown'
  | 'worker-lost'
  | 'crashed'
  | 'disk-full'
  | 'names-folded'
  | 'generator-busy'
  | 'generator-resources'
  | 'send-lag'
  | 'loop-stalls';

/** The judgement of a run, with every reason against it, the gravest first. */
export interface Verdict {
  readonly validity: Validity;
  readonly reasons: readonly VerdictReason[];
}

/** What one worker's part in the judgement is. */
export interface JudgedWorker {
  readonly workerId: string;
  readonly isLost: boolean;
  /** Of its newest interval; null where none came, and then a lost worker may have sent anything. */
  readonly lastSecond: number | null;
  /** Exchanges of it that nobody knows the end of: so many at least. */
  readonly unknown: number;
  /** And so many at most; null where it was lost and nothing tells. */
  readonly unknownMost: number | null;
  /** Seconds in which it had users or requests. */
  readonly activeSeconds: number;
  /** Of those, seconds with an event-loop utilisation of 0.95 or more. */
  readonly saturatedSeconds: number;
  /** Requests that ended. */
  readonly requests: number;
  /** Of each second in which its event loop stood still. */
  readonly stalls: readonly LoopStalls[];
}

/**
 * What a run is judged by, while it goes on and when it is over. Times in milliseconds; null without
 * samples.
 */
export interface RunEvidence {
  /** How long the run has lasted, in seconds. */
  readonly seconds: number;
  /** Exchanges on the wire, those of unknown end included. */
  readonly sent: number;
  readonly unknown: number;
  readonly workers: readonly JudgedWorker[];
  /** No end was recorded. */
  readonly isCrashed: boolean;
  readonly isDiskFull: boolean;
  /** Failures for want of files, ports or buffers on our own side, most frequent name first. */
  readonly ownFailures: { readonly count: number; readonly names: readonly string[] };
  /** Some request names were counted together. */
  readonly isNamesFolded: boolean;
  /** Null where there are too few requests to go by. */
  readonly lagTail: LagTail | null;
  readonly responseP50Ms: number | null;
}

/** Failures that tell of this machine and not of the target: too few files, ports, buffers or memory. */
const OWN_FAILURES: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
  'ENOMEM',
]);

/**
 * Counts the failures for want of something on our own side.
 *
 * @param errors - Failures of the run by kind.
 */
export function ownFailuresOf(
  errors: Iterable<{ readonly error: string; readonly occurrences: number }>,
): RunEvidence['ownFailures'] {
  const counts = new Map<string, number>();
  for (const { error, occurrences } of errors) {
    if (OWN_FAILURES.has(error)) counts.set(error, (counts.get(error) ?? 0) + occurrences);
  }
  const frequent = [...counts].sort(
    ([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1),
  );
  return {
    count: frequent.reduce((sum, [, count]) => sum + count, 0),
    names: frequent.map(([name]) => name),
  };
}

/** An event loop that is busy for this share of a second delays what it measures. */
export const SATURATED_LOOP_RATIO = 0.95;

/** Share of sent requests whose end may be unknown in a run that is still suspect only. */
const UNKNOWN_LIMIT = 0.01;
/** Share of a worker's seconds that may be saturated, and how many seconds are needed to say so. */
const SATURATED_LIMIT = 0.1;
const SATURATED_SECONDS_LEAST = 3;
/** Send lag is worth a word where it is more than this, and than this share of a typical response. */
const LAG_LIMIT_MS = 10;
const LAG_RESPONSE_SHARE = 0.1;

/** A loop that stands still for less than this, and than that share of a typical response, is not worth a word. */
const STALL_LIMIT_MS = 50;
/** Single ones befall every machine. */
const STALLED_SECONDS_LEAST = 3;
/** Share of the answers that may be read late: more, and the p99 is not true; or the median is not. */
const STALLED_LIMIT = 0.01;
const STALLED_MEDIAN_LIMIT = 0.5;

/** A run must last so long before the absence of reasons against it says something. */
const SECONDS_TO_TELL = 10;

/** What is said of a run without a reason against it that was too short to be called valid. */
export const TOO_EARLY: string = `too early to tell (needs ${SECONDS_TO_TELL} s of data)`;

/** Something that was found against a run. */
export interface Finding extends Omit<VerdictReason, 'message'> {
  /** How far it goes. */
  readonly validity: Validity;
  /** What was found. */
  readonly found: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The judgement of a run for a person: `pending` where nothing was found and it is too early to tell. */
export interface Judgement {
  readonly level: Validity | 'pending';
  /** The gravest first. */
  readonly findings: readonly Finding[];
}

/** Judges a run by what is known of it; pure, so the same run file always gets the same verdict. */
export function judgeRun(evidence: RunEvidence): Verdict {
  const findings = findingsAgainst(evidence);
  return {
    validity: findings[0]?.validity ?? 'valid',
    reasons: findings.map(({ code, found, remedy, observed, limit }) => ({
      code,
      message: `${found}; ${remedy}`,
      observed,
      limit,
    })),
  };
}

/** The same judgement as `judgeRun`, in the parts that a screen shows. */
export function judgementOf(evidence: RunEvidence): Judgement {
  const findings = findingsAgainst(evidence);
  const level = evidence.seconds < SECONDS_TO_TELL ? 'pending' : 'valid';
  return { level: findings[0]?.validity ?? level, findings };
}

/** Exchanges with an unknown end at most; null where a worker was lost and nothing tells. */
export function unknownMostOf({ unknown, workers }: RunEvidence): number | null {
  if (workers.some(isUnbounded)) return null;
  return workers.reduce((sum, { unknown: own, unknownMost }) => {
    return sum + (unknownMost ?? own) - own;
  }, unknown);
}

function findingsAgainst(facts: RunEvidence): Finding[] {
  const findings = [
    ...judgeUnknown(facts),
    ...judgeEnd(facts),
    ...judgeLostWorkers(facts),
    ...judgeGenerator(facts),
    ...judgeStalls(facts),
    ...judgeResources(facts),
    ...judgeNames(facts),
  ];
  return [
    ...findings.filter(({ validity }) => validity === 'invalid'),
    ...findings.filter(({ validity }) => validity !== 'invalid'),
  ];
}

function judgeUnknown(evidence: RunEvidence): Finding[] {
  const { sent, unknown, workers } = evidence;
  const unbounded = workers.filter(isUnbounded);
  const atMost = unknownMostOf(evidence);
  if (atMost === 0) return [];
  const isTooMany = unknown > UNKNOWN_LIMIT * sent;
  return [
    {
      validity: isTooMany || atMost === null ? 'invalid' : 'suspect',
      code: 'requests-unknown',
      ...(atMost === null
        ? {
            found: `${idsOf(unbounded)} was lost, and nothing tells how much it had sent`,
            remedy: 'run again',
          }
        : {
            found: `${whoLost(workers)}${rangeOf(unknown, atMost)} no known outcome`,
            remedy: isTooMany
              ? 'run again with all workers up'
              : 'see which worker was lost, and why',
          }),
      observed: sent === 0 ? 0 : unknown / sent,
      limit: UNKNOWN_LIMIT,
    },
  ];
}

/** Whether nothing tells how much a worker may have sent. */
function isUnbounded(worker: JudgedWorker): boolean {
  return worker.unknownMost === null || isUnheard(worker);
}

/** Lost without a word, though it may have had users. */
function isUnheard({ isLost, lastSecond, unknown, unknownMost }: JudgedWorker): boolean {
  return isLost && lastSecond === null && unknown === 0 && unknownMost !== 0;
}

/** Whose requests they are, where that is known. */
function whoLost(workers: readonly JudgedWorker[]): string {
  const losers = workers.filter(({ isLost, unknownMost }) => isLost && unknownMost !== 0);
  if (losers.length === 0) return '';
  return `${idsOf(losers)} ${losers.length === 1 ? 'was' : 'were'} lost: `;
}

function rangeOf(least: number, most: number): string {
  const [from, to] = [formatCount(least), formatCount(most)];
  if (least === most) return `${from} ${least === 1 ? 'request has' : 'requests have'}`;
  return `${from} to ${to} requests have`;
}

function judgeEnd({ isCrashed, isDiskFull, sent, workers }: RunEvidence): Finding[] {
  const findings: Finding[] = [];
  if (isCrashed) {
    const isEmpty = sent === 0 && workers.every(({ lastSecond }) => lastSecond === null);
    findings.push({
      validity: isEmpty ? 'invalid' : 'suspect',
      code: 'crashed',
      found: 'the run has no recorded end: figures are up to the last second stored',
      remedy: 'run again',
      observed: 1,
      limit: 0,
    });
  }
  if (isDiskFull) {
    findings.push({
      validity: 'suspect',
      code: 'disk-full',
      found: 'the disk was full, so the run was stopped early',
      remedy: 'make room or use --out elsewhere',
      observed: 1,
      limit: 0,
    });
  }
  return findings;
}

function judgeLostWorkers({ workers }: RunEvidence): Finding[] {
  const lost = workers.filter(({ isLost }) => isLost);
  if (lost.length === 0) return [];
  return [
    {
      validity: 'suspect',
      code: 'worker-lost',
      found: `${lost.map(lossOf).join(', ')}: what came after is not in the figures`,
      remedy: 'see why, and run again',
      observed: lost.length,
      limit: 0,
    },
  ];
}

function judgeGenerator({ workers, lagTail, responseP50Ms }: RunEvidence): Finding[] {
  const findings: Finding[] = [];
  const busy = workers.filter(
    ({ activeSeconds, saturatedSeconds }) =>
      saturatedSeconds >= SATURATED_SECONDS_LEAST &&
      saturatedSeconds > SATURATED_LIMIT * activeSeconds,
  );
  if (busy.length > 0) {
    findings.push({
      validity: 'suspect',
      code: 'generator-busy',
      found: `${idsOf(busy)} had no time to spare`,
      remedy: 'add workers (-w) or lower the users',
      observed: Math.max(
        ...busy.map(({ activeSeconds, saturatedSeconds }) => saturatedSeconds / activeSeconds),
      ),
      limit: SATURATED_LIMIT,
    });
  }
  const lagLimitMs = Math.max(LAG_LIMIT_MS, LAG_RESPONSE_SHARE * (responseP50Ms ?? 0));
  if (lagTail !== null && lagTail.ms > lagLimitMs) {
    findings.push({
      validity: 'suspect',
      code: 'send-lag',
      found: `requests were sent late (send lag ${lagTail.percentile})`,
      remedy: 'add workers (-w) or lower the users',
      observed: lagTail.ms,
      limit: lagLimitMs,
    });
  }
  return findings;
}

function judgeResources({ ownFailures }: RunEvidence): Finding[] {
  const { count, names } = ownFailures;
  if (count === 0) return [];
  return [
    {
      validity: 'suspect',
      code: 'generator-resources',
      found: `${count} ${count === 1 ? 'request' : 'requests'} failed for want of resources here, not at the target (${names.join(', ')})`,
      remedy: 'see what the log said before the run',
      observed: count,
      limit: 0,
    },
  ];
}

function judgeStalls({ workers, responseP50Ms }: RunEvidence): Finding[] {
  return workers.flatMap((worker) => stallFinding(worker, responseP50Ms) ?? []);
}

/**
 * What is wrong with a worker that read answers late because its event loop stood still: no figure of the
 * server's.
 *
 * @param responseP50Ms - Of the run so far; null without requests.
 */
function stallFinding(
  { workerId, requests, stalls }: JudgedWorker,
  responseP50Ms: number | null,
): Finding | undefined {
  const leastMs = Math.max(STALL_LIMIT_MS, LAG_RESPONSE_SHARE * (responseP50Ms ?? 0));
  const long = stalls.filter(({ longestUs }) => usToMs(longestUs) > leastMs);
  const late = long.reduce((sum, stall) => sum + stall.requests, 0);
  const share = requests === 0 ? 0 : Math.min(1, late / requests);
  if (long.length < STALLED_SECONDS_LEAST || share <= STALLED_LIMIT) return undefined;
  const longestUs = long.reduce((most, stall) => Math.max(most, stall.longestUs), 0);
  const longestMs = Math.round(usToMs(longestUs));
  return {
    validity: share > STALLED_MEDIAN_LIMIT ? 'invalid' : 'suspect',
    code: 'loop-stalls',
    found: `${workerId} stood still for up to ${longestMs} ms, read ${formatShare(share)} % of its answers late`,
    remedy:
      'see what the script computes without awaiting, or add workers (-w); times look slower than they were',
    observed: share,
    limit: STALLED_LIMIT,
  };
}

function judgeNames({ isNamesFolded }: RunEvidence): Finding[] {
  if (!isNamesFolded) return [];
  return [
    {
      validity: 'suspect',
      code: 'names-folded',
      found: 'too many request names, the rest counted together',
      remedy: 'group them by the name option',
      observed: 1,
      limit: 0,
    },
  ];
}

function lossOf({ workerId, lastSecond }: JudgedWorker): string {
  if (lastSecond === null) return `${workerId} was lost`;
  return `${workerId} was lost after ${formatDuration(secondsToMs(lastSecond + 1))}`;
}

function idsOf(workers: readonly JudgedWorker[]): string {
  return workers.map(({ workerId }) => workerId).join(', ');
}
