import { onTestFinished } from 'vitest';
import { Histogram } from '../../../src/stats/histogram/histogram.ts';
import { encodeHistogram } from '../../../src/stats/interval/histogram-codec.ts';
import {
  type ExceptionCount,
  type Interval,
  type LoopStalls,
  type NameStats,
  NO_STALLS,
} from '../../../src/stats/interval/interval.ts';
import { encodeInterval } from '../../../src/stats/interval/interval-codec.ts';
import type {
  RawInterval,
  RunEnd,
  RunInfo,
  StoredWorkerStatus,
  WorkerRecord,
} from '../../../src/store/record/run-record.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** 2026-01-02T03:04:05.600Z: not on a full second. */
export const STARTED_AT_EPOCH_MS = 1_767_323_045_600;

/** The path of a folder of the test that runs, which goes with it. */
export function temporaryFolder(): string {
  const folder = new TempFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

export function runInfo(changes: Partial<RunInfo> = {}): RunInfo {
  return {
    id: 'run-1',
    katydidVersion: '0.1.0',
    nodeVersion: '26.10.0',
    createdAtEpochMs: STARTED_AT_EPOCH_MS - 1500,
    startedAtEpochMs: STARTED_AT_EPOCH_MS,
    host: 'http://127.0.0.1:8000',
    loadfile: 'load.ts',
    scriptSha256: 'ab'.repeat(32),
    users: 4,
    spawnRate: 2,
    workers: 2,
    seed: 7,
    labels: { system: 'gunicorn' },
    runTimeSeconds: 3,
    commandLine: ['run', 'load.ts'],
    exitCodeOnError: 1,
    strict: false,
    ...changes,
  };
}

export function runEnd(changes: Partial<RunEnd> = {}): RunEnd {
  return {
    endedAtEpochMs: STARTED_AT_EPOCH_MS + 3000,
    durationSeconds: 3,
    stopReason: 'run-time',
    ...changes,
  };
}

export function worker(workerId: string, status: StoredWorkerStatus = 'finished'): WorkerRecord {
  return { workerId, nodeId: `node-${workerId}`, host: 'box', pid: 4711, status };
}

/** What `nameStats` is made from; times in microseconds. */
export interface NameInput {
  readonly method?: string;
  readonly name: string;
  readonly succeededUs?: readonly number[];
  readonly failedUs?: readonly number[];
  readonly status?: number;
  readonly failedStatus?: number;
  readonly notSent?: number;
  readonly abandoned?: number;
  readonly redirected?: number;
  readonly inFlight?: number;
  readonly error?: string;
}

function histogramOf(valuesUs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const valueUs of valuesUs) histogram.record(valueUs);
  return histogram;
}

export function nameStats(input: NameInput): NameStats {
  const { succeededUs = [], failedUs = [], status = 200, failedStatus = 503 } = input;
  const all = [...succeededUs, ...failedUs];
  const statuses = new Map<number, number>();
  if (succeededUs.length > 0) statuses.set(status, succeededUs.length);
  if (failedUs.length > 0 && failedStatus > 0) statuses.set(failedStatus, failedUs.length);
  return {
    method: input.method ?? 'GET',
    name: input.name,
    succeeded: succeededUs.length,
    failed: failedUs.length,
    notSent: input.notSent ?? 0,
    abandoned: input.abandoned ?? 0,
    redirected: input.redirected ?? 0,
    inFlight: input.inFlight ?? 0,
    bytesReceived: all.length * 120,
    contentBytes: all.length * 17,
    statuses,
    succeededResponse: histogramOf(succeededUs),
    failedResponse: histogramOf(failedUs),
    service: histogramOf(all.map((valueUs) => Math.max(valueUs - 50, 0))),
    lag: histogramOf(all.map(() => 40)),
    ttfb: histogramOf(succeededUs.map((valueUs) => Math.floor(valueUs / 2))),
  };
}

export interface IntervalInput {
  readonly users?: number;
  readonly usersPeak?: number;
  readonly loopRatio?: number;
  readonly stalls?: LoopStalls;
  readonly names?: readonly NameInput[];
  readonly exceptions?: readonly ExceptionCount[];
}

export function interval(second: number, input: IntervalInput = {}): Interval {
  const names = input.names ?? [];
  return {
    second,
    users: input.users ?? 2,
    usersPeak: input.usersPeak ?? input.users ?? 2,
    health: {
      cpuRatio: 0.25,
      loopRatio: input.loopRatio ?? 0.5,
      memoryBytes: 50_000_000,
      clockOffsetUs: -12,
      clockErrorUs: 80,
      stalls: input.stalls ?? NO_STALLS,
    },
    names: names.map(nameStats),
    errors: names.flatMap((name) => {
      const occurrences = name.failedUs?.length ?? 0;
      if (occurrences === 0) return [];
      const firstUs = Math.max(second, 0) * 1_000_000 + 250_000;
      return [
        {
          method: name.method ?? 'GET',
          name: name.name,
          error: name.error ?? 'HTTP 503',
          occurrences,
          firstUs,
          lastUs: firstUs + 500_000,
        },
      ];
    }),
    exceptions: input.exceptions ?? [],
  };
}

export function raw(workerId: string, sequence: number, content: Interval, epoch = 1): RawInterval {
  return { workerId, epoch, sequence, payload: encodeInterval(content) };
}

/** A run of three seconds on two workers: failures, a redirect, an exception, an awkward name. */
export function smallRun(): RawInterval[] {
  const exception = { message: 'Error: out of tea', traceback: 'at load.ts:7\n  "x", y' };
  return [
    raw('w1', 1, interval(0, { users: 1, names: [{ name: '/', succeededUs: [1000, 2000] }] })),
    raw('w2', 1, interval(0, { users: 1, names: [{ name: '/', succeededUs: [3000] }] })),
    raw(
      'w1',
      2,
      interval(1, {
        names: [
          { name: '/', succeededUs: [1500], inFlight: 1 },
          {
            method: 'POST',
            name: '/cart',
            succeededUs: [20_000],
            failedUs: [25_000, 90],
            notSent: 1,
          },
        ],
        exceptions: [{ ...exception, occurrences: 2 }],
      }),
    ),
    raw(
      'w2',
      2,
      interval(1, {
        names: [{ name: '=SUM(a,"b")', succeededUs: [700], redirected: 1 }],
        exceptions: [{ ...exception, occurrences: 1 }],
      }),
    ),
    raw('w1', 3, interval(2, { users: 2, names: [{ name: '/', succeededUs: [1200, 1300] }] })),
    raw('w2', 3, interval(2, { users: 2, names: [{ name: '/', abandoned: 1 }] })),
  ];
}

/** A value as JSON in which distributions and maps show what is in them, for comparing. */
export function visible(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Histogram) return Buffer.from(encodeHistogram(part)).toString('hex');
    return part instanceof Map ? [...part] : part;
  });
  return JSON.parse(text);
}
