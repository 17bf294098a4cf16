import type {
  HistoryRows,
  Ledger,
  Percentiles,
  RunHistory,
  RunSnapshot,
  RunState,
  RunUpdate,
  SnapshotFailure,
  SnapshotRequest,
  SnapshotThreshold,
  SnapshotWorker,
  StatsWindow,
} from '../../src/stats/snapshot/run-snapshot.ts';

/** No samples. */
export const NO_PERCENTILES: Percentiles = {
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  min: null,
  avg: null,
  max: null,
};

/** Percentiles with the usual distances from a median, in milliseconds. */
export function percentilesAround(p50: number): Percentiles {
  return {
    p50,
    p90: p50 * 2.6,
    p95: p50 * 3.5,
    p99: p50 * 8.1,
    p999: p50 * 30,
    min: p50 * 0.2,
    avg: p50 * 1.4,
    max: p50 * 31,
  };
}

/** Figures of `n` requests over some seconds. */
export function windowOf(n: number, fails: number, seconds: number, p50: number): StatsWindow {
  if (n === 0) {
    const none = { n, fails: 0, rps: 0, failPs: 0 };
    return { ...none, response: NO_PERCENTILES, service: NO_PERCENTILES, lag: NO_PERCENTILES };
  }
  return {
    n,
    fails,
    rps: n / seconds,
    failPs: fails / seconds,
    response: percentilesAround(p50),
    service: percentilesAround(p50 * 0.98),
    lag: percentilesAround(0.04),
  };
}

/** What a snapshot is made from; the rest follows. */
export interface SnapshotPlan {
  readonly state?: RunState;
  /** Seconds since the first user's start. */
  readonly second?: number;
  readonly limitS?: number | null;
  readonly users?: number;
  readonly spawnRate?: number;
  readonly names?: readonly (readonly [
    method: string,
    name: string,
    weight: number,
    p50: number,
  ])[];
  /** Share of the requests that fail. */
  readonly failShare?: number;
  readonly workers?: number;
  readonly thresholds?: readonly SnapshotThreshold[];
  /** Everything multiplied, to see what happens with large numbers. */
  readonly scale?: number;
}

/** The requests of a small shop. */
export const SHOP: NonNullable<SnapshotPlan['names']> = [
  ['GET', '/', 28, 3.1],
  ['GET', '/api/products', 22, 8.4],
  ['GET', '/api/products/[id]', 20, 6.2],
  ['GET', '/api/search', 9, 21],
  ['GET', '/api/cart', 8, 7.3],
  ['POST', '/api/cart', 7, 14],
  ['POST', '/api/checkout', 4, 48],
  ['GET', '/healthz', 2, 0.8],
];

/** Thresholds of each kind. */
export const THRESHOLDS: readonly SnapshotThreshold[] = [
  { metric: 'failures', limit: '<1 %', now: '1.81 %', state: 'fail' },
  {
    metric: 'checkout p99.9',
    limit: '<1 s',
    now: '912 ms',
    state: 'inconclusive',
    why: '1,746 samples, needs 10,000',
    request: 'POST /api/checkout',
  },
  { metric: 'p95', limit: '<200 ms', now: '148 ms', state: 'pass' },
];

const RATE_PER_USER = 12;

/** A snapshot of a run against a small shop; give it what the test is about. */
export function snapshotOf(plan: SnapshotPlan = {}): RunSnapshot {
  const { state = 'steady', limitS = 60, users = 100, spawnRate = 10, scale = 1 } = plan;
  const second = plan.second ?? (state === 'waiting' ? 0 : 41);
  const names = state === 'waiting' ? [] : (plan.names ?? SHOP);
  const history = historyOf(
    state === 'waiting' ? 0 : second,
    users,
    spawnRate,
    scale,
    plan.failShare ?? 0.001,
  );
  const runningUsers = state === 'waiting' ? 0 : Math.min(users, Math.round(spawnRate * second));
  const perSecond = runningUsers * RATE_PER_USER * scale;
  const sent = Math.round(history.rps.reduce((sum, rate) => sum + rate, 0));
  const failShare = plan.failShare ?? 0.001;
  const fails = Math.round(sent * failShare);
  const recentSeconds = Math.min(10, Math.max(1, second));
  const inFlight = state === 'finished' || state === 'waiting' ? 0 : 16;
  return {
    seq: second,
    at: state === 'waiting' ? -1 : second * 1000,
    state,
    runId: 'V1StGXR8_Z5j',
    script: 'load.ts',
    host: 'http://127.0.0.1:8000',
    version: '0.1.0',
    labels: {},
    limitMs: limitS === null ? null : limitS * 1000,
    joinCommand: 'katydid worker ws://192.168.1.20:5557 --token-file token',
    users: {
      now: state === 'finished' ? 0 : runningUsers,
      target: users,
      peak: runningUsers,
      spawnRate,
    },
    now: windowOf(
      Math.round(perSecond * recentSeconds),
      Math.round(perSecond * recentSeconds * failShare),
      recentSeconds,
      12 * scale,
    ),
    run: windowOf(sent, fails, Math.max(1, second), 12.1 * scale),
    history,
    verdict: verdictOf(state, second),
    thresholds: plan.thresholds ?? [],
    workersExpected: plan.workers ?? 2,
    workers: workersOf(plan.workers ?? 2, runningUsers, perSecond, state),
    requests: names.map(([method, name, weight, p50]) =>
      requestOf(
        method,
        name,
        weight / weightOf(names),
        p50 * scale,
        sent,
        perSecond,
        failShare,
        second,
      ),
    ),
    failures: failuresOf(fails, second),
    exceptions: { kinds: 0, occurrences: 0 },
    ledger: { ...ledgerOf(sent, fails, inFlight), inFlight, unknownMost: 0 },
    log: [
      {
        at: -2000,
        level: 'info',
        text: 'master listening on 127.0.0.1:5557, waiting for 2 workers',
      },
      { at: -1000, level: 'info', text: 'worker w1 connected from localhost (pid 41200)' },
      { at: 0, level: 'info', text: `spawning ${users} users at ${spawnRate}/s` },
      { at: 28_000, level: 'warn', text: 'task checkout: TypeError: x is undefined' },
    ],
    forcedStopInMs: state === 'stopping' ? 8000 : null,
  };
}

function weightOf(names: NonNullable<SnapshotPlan['names']>): number {
  return names.reduce((sum, [, , weight]) => sum + weight, 0);
}

function verdictOf(state: RunState, second: number): RunSnapshot['verdict'] {
  if (state === 'waiting') return { level: 'pending', reason: '' };
  return second < 10
    ? { level: 'pending', reason: 'too early to tell (needs 10 s of data)' }
    : {
        level: 'valid',
        reason: 'generator has headroom (w2 loop 37 %, send lag p99 0.4 ms)',
      };
}

/** An invalid run: the generator was too slow. */
export const INVALID: RunSnapshot['verdict'] = {
  level: 'invalid',
  reason: 'generator is the bottleneck: w2 loop 99 %, send lag 112 ms',
  advice: 'add workers or lower users; ~ times include our own delay',
};

function historyOf(
  seconds: number,
  users: number,
  spawnRate: number,
  scale: number,
  failShare: number,
): RunHistory {
  const points = Array.from({ length: seconds }, (_, i) => i + 1);
  const running = points.map((second) => Math.min(users, spawnRate * second));
  const wave = (second: number): number => 1 + 0.05 * Math.sin(second * 1.7);
  const rps = points.map((second, i) =>
    Math.round((running[i] ?? 0) * RATE_PER_USER * scale * wave(second)),
  );
  const times = (base: number): number[] => points.map((second) => base * scale * wave(second));
  return {
    t: points.map((second) => second * 1000),
    users: running,
    rps,
    failPs: rps.map((rate) => rate * failShare),
    p50: times(12),
    p95: times(44),
    p99: times(118),
    service95: times(43),
    lag99: points.map(() => 0.38),
    inFlight: running.map((count) => Math.round(count * 0.16)),
    loopMax: points.map(() => 0.37),
  };
}

function workersOf(
  count: number,
  users: number,
  perSecond: number,
  state: RunState,
): SnapshotWorker[] {
  const here = state === 'waiting' ? count - 1 : count;
  return Array.from({ length: here }, (_, i) => ({
    id: `w${i + 1}`,
    host: i === 0 ? 'localhost' : `load-0${i}.eu-west`,
    pid: 41_200 + i,
    address: i === 0 ? '127.0.0.1' : `10.0.0.${7 + i}`,
    status: state === 'waiting' ? 'ready' : state === 'finished' ? 'done' : 'running',
    silentMs: 300,
    users: Math.floor(users / count) + (i < users % count ? 1 : 0),
    rps: perSecond / count,
    cpu: 0.38,
    loop: 0.35 + (i % 3) / 50,
    lag99: 0.3 + (i % 3) / 10,
    clockOffset: i === 0 ? 0 : -0.6,
    memMb: 146,
  }));
}

function requestOf(
  method: string,
  name: string,
  share: number,
  p50: number,
  sent: number,
  perSecond: number,
  failShare: number,
  second: number,
): SnapshotRequest {
  const n = Math.round(sent * share);
  const recent = Math.round(perSecond * 10 * share);
  const fails = name === '/api/checkout' ? Math.min(n, Math.round(n * failShare * 15)) : 0;
  return {
    key: `${method} ${name}`,
    method,
    name,
    now: windowOf(recent, 0, 10, p50),
    run: windowOf(n, fails, Math.max(1, second), p50),
    trend: Array.from(
      { length: Math.min(60, second) },
      (_, i) => perSecond * share * Math.min(1, (i + 1) / 10),
    ),
  };
}

function failuresOf(fails: number, second: number): RunSnapshot['failures'] {
  const kinds: readonly (readonly [request: string, message: string, share: number])[] = [
    ['POST /api/checkout', 'HTTP 503 Service Unavailable', 0.6],
    ['POST /api/cart', 'HTTP 409 Conflict', 0.25],
    ['GET /api/search', 'timeout after 5 s waiting for response', 0.15],
  ];
  const shown: SnapshotFailure[] = kinds
    .map(([request, message, share]) => ({
      request,
      message,
      count: Math.round(fails * share),
      first: 4000,
      last: second * 1000,
    }))
    .filter(({ count }) => count > 0);
  return { kinds: shown.length, shown };
}

function ledgerOf(finished: number, failed: number, inFlight: number): Ledger {
  return {
    sent: finished + inFlight,
    succeeded: finished - failed,
    failed,
    notSent: 0,
    abandoned: 0,
    redirected: 0,
    unknown: 0,
  };
}

/** The same run after `w2` was lost, its users with the others and some of its requests unaccounted for. */
export function withLostWorker(snapshot: RunSnapshot): RunSnapshot {
  return {
    ...snapshot,
    verdict: { level: 'suspect', reason: 'w2 was lost: 41 to 641 requests have no known outcome' },
    workers: snapshot.workers.map((worker) =>
      worker.id === 'w2' ? { ...worker, status: 'lost', silentMs: 7400, users: 0, rps: 0 } : worker,
    ),
    ledger: { ...snapshot.ledger, sent: snapshot.ledger.sent + 41, unknown: 41, unknownMost: 641 },
  };
}

/** The update of a master that shows this snapshot, with these changes of its history. */
export function updateOf(snapshot: RunSnapshot, changes: HistoryRows = NO_ROWS): RunUpdate {
  const { history, ...figures } = snapshot;
  return { ...figures, historyEnd: history.t.length - 1, changes };
}

/** No seconds at all. */
export const NO_ROWS: HistoryRows = {
  second: [],
  users: [],
  rps: [],
  failPs: [],
  p50: [],
  p95: [],
  p99: [],
  service95: [],
  lag99: [],
  inFlight: [],
  loopMax: [],
};
