import { formatCount, formatDuration, formatShare } from '../base/format.ts';
import { secondsToMs, usToMs } from '../base/units.ts';
import type { LoopStalls } from './interval/interval.ts';

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

/** What a run is judged by. Times in milliseconds; null without samples. */
export interface RunFacts {
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
  readonly lagP99Ms: number | null;
  readonly responseP50Ms: number | null;
}

/** Failures that tell of this machine and not of the target: too few files, ports, buffers or memory. */
export const OWN_FAILURES: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
  'ENOMEM',
]);

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

/** A reason with how far it goes. */
export interface Finding extends VerdictReason {
  readonly validity: Validity;
}

/** Judges a run by what is known of it; pure, so the same run file always gets the same verdict. */
export function judgeRun(facts: RunFacts): Verdict {
  const findings = [
    ...judgeUnknown(facts),
    ...judgeEnd(facts),
    ...judgeLostWorkers(facts),
    ...judgeGenerator(facts),
    ...judgeStalls(facts),
    ...judgeResources(facts),
    ...judgeNames(facts),
  ];
  const ranked = [
    ...findings.filter(({ validity }) => validity === 'invalid'),
    ...findings.filter(({ validity }) => validity !== 'invalid'),
  ];
  return {
    validity: ranked[0]?.validity ?? 'valid',
    reasons: ranked.map(({ code, message, observed, limit }) => ({
      code,
      message,
      observed,
      limit,
    })),
  };
}

function judgeUnknown({ sent, unknown, workers }: RunFacts): Finding[] {
  const unbounded = workers.filter((worker) => worker.unknownMost === null || isUnheard(worker));
  const atMost = workers.reduce((sum, { unknown: own, unknownMost }) => {
    return sum + (unknownMost ?? own) - own;
  }, unknown);
  if (atMost === 0 && unbounded.length === 0) return [];
  const isTooMany = unknown > UNKNOWN_LIMIT * sent;
  return [
    {
      validity: isTooMany || unbounded.length > 0 ? 'invalid' : 'suspect',
      code: 'requests-unknown',
      message:
        unbounded.length > 0
          ? `${idsOf(unbounded)} was lost, and nothing tells how much it had sent; run again`
          : `${whoLost(workers)}${rangeOf(unknown, atMost)} no known outcome; ${
              isTooMany ? 'run again with all workers up' : 'see which worker was lost, and why'
            }`,
      observed: sent === 0 ? 0 : unknown / sent,
      limit: UNKNOWN_LIMIT,
    },
  ];
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

function judgeEnd({ isCrashed, isDiskFull, sent, workers }: RunFacts): Finding[] {
  const findings: Finding[] = [];
  if (isCrashed) {
    const isEmpty = sent === 0 && workers.every(({ lastSecond }) => lastSecond === null);
    findings.push({
      validity: isEmpty ? 'invalid' : 'suspect',
      code: 'crashed',
      message: 'the run has no recorded end: figures are up to the last second stored; run again',
      observed: 1,
      limit: 0,
    });
  }
  if (isDiskFull) {
    findings.push({
      validity: 'suspect',
      code: 'disk-full',
      message: 'the disk was full, so the run was stopped early; make room or use --out elsewhere',
      observed: 1,
      limit: 0,
    });
  }
  return findings;
}

function judgeLostWorkers({ workers }: RunFacts): Finding[] {
  const lost = workers.filter(({ isLost }) => isLost);
  if (lost.length === 0) return [];
  return [
    {
      validity: 'suspect',
      code: 'worker-lost',
      message: `${lost.map(lossOf).join(', ')}: what came after is not in the figures; see why, and run again`,
      observed: lost.length,
      limit: 0,
    },
  ];
}

function judgeGenerator({ workers, lagP99Ms, responseP50Ms }: RunFacts): Finding[] {
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
      message: `${idsOf(busy)} had no time to spare: add workers (-w) or lower the users`,
      observed: Math.max(
        ...busy.map(({ activeSeconds, saturatedSeconds }) => saturatedSeconds / activeSeconds),
      ),
      limit: SATURATED_LIMIT,
    });
  }
  const lagLimitMs = Math.max(LAG_LIMIT_MS, LAG_RESPONSE_SHARE * (responseP50Ms ?? 0));
  if (lagP99Ms !== null && lagP99Ms > lagLimitMs) {
    findings.push({
      validity: 'suspect',
      code: 'send-lag',
      message: 'requests were sent late (send lag p99): add workers (-w) or lower the users',
      observed: lagP99Ms,
      limit: lagLimitMs,
    });
  }
  return findings;
}

function judgeResources({ ownFailures }: RunFacts): Finding[] {
  const { count, names } = ownFailures;
  if (count === 0) return [];
  return [
    {
      validity: 'suspect',
      code: 'generator-resources',
      message: `${count} ${count === 1 ? 'request' : 'requests'} failed for want of resources here, not at the target (${names.join(', ')}): see what the log said before the run`,
      observed: count,
      limit: 0,
    },
  ];
}

function judgeStalls({ workers, responseP50Ms }: RunFacts): Finding[] {
  return workers.flatMap((worker) => stallFinding(worker, responseP50Ms) ?? []);
}

/**
 * What is wrong with a worker that read answers late because its event loop stood still: no figure of the
 * server's.
 *
 * @param responseP50Ms - Of the run so far; null without requests.
 */
export function stallFinding(
  { workerId, requests, stalls }: Pick<JudgedWorker, 'workerId' | 'requests' | 'stalls'>,
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
    message: `${workerId} stood still for up to ${longestMs} ms at once and read ${formatShare(share)} % of its answers late: times look slower than they were; see what the script computes without awaiting, or add workers (-w)`,
    observed: share,
    limit: STALLED_LIMIT,
  };
}

function judgeNames({ isNamesFolded }: RunFacts): Finding[] {
  if (!isNamesFolded) return [];
  return [
    {
      validity: 'suspect',
      code: 'names-folded',
      message: 'too many request names, the rest counted together: group them by the name option',
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
