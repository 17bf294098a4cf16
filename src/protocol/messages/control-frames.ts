import { z } from 'zod';
import type { HistoryRows, RunUpdate } from '../../stats/snapshot/run-snapshot.ts';
import type { ControlFrame } from './control-messages.ts';
import { parseWith } from './parse.ts';

/*
 * What comes from a master is checked like everything else: on loopback nothing is proven, and another
 * program may have taken the port first. Further fields are let through, since they harm nobody.
 */
const number = z.number();
const text = z.string();
const maybe = number.nullable();
const numbers = z.array(number);
const maybes = z.array(maybe);
const level = z.enum(['debug', 'info', 'warn', 'error']);

const percentiles = z.looseObject({
  p50: maybe,
  p90: maybe,
  p95: maybe,
  p99: maybe,
  p999: maybe,
  min: maybe,
  avg: maybe,
  max: maybe,
});

const statsWindow = z.looseObject({
  n: number,
  fails: number,
  rps: number,
  failPs: number,
  response: percentiles,
  service: percentiles,
  lag: percentiles,
});

const worker = z.looseObject({
  id: text,
  host: text,
  pid: number,
  address: text,
  status: z.enum(['ready', 'running', 'late', 'lost', 'rejoined', 'done']),
  silentMs: number,
  users: number,
  rps: number,
  cpu: number,
  loop: number,
  lag99: maybe,
  clockOffset: number,
  memMb: number,
});

const threshold = z.looseObject({
  metric: text,
  limit: text,
  now: text.nullable(),
  state: z.enum(['pending', 'pass', 'fail', 'inconclusive']),
  why: text.exactOptional(),
  request: text.exactOptional(),
});

const failure = z.looseObject({
  request: text,
  message: text,
  count: number,
  first: number,
  last: number,
});

const historyRows: z.ZodType<HistoryRows> = z.looseObject({
  second: z.array(z.int().min(0)),
  users: numbers,
  rps: numbers,
  failPs: numbers,
  p50: maybes,
  p95: maybes,
  p99: maybes,
  service95: maybes,
  lag99: maybes,
  inFlight: numbers,
  loopMax: numbers,
});

const snapshot: z.ZodType<RunUpdate> = z.looseObject({
  seq: number,
  at: number,
  state: z.enum(['waiting', 'ramping', 'steady', 'stopping', 'finished']),
  runId: text,
  script: text,
  host: text,
  version: text,
  labels: z.record(text, text),
  limitMs: maybe,
  joinCommand: text,
  users: z.looseObject({ now: number, target: number, peak: number, spawnRate: number }),
  now: statsWindow,
  run: statsWindow,
  historyEnd: number,
  changes: historyRows,
  verdict: z.looseObject({
    level: z.enum(['pending', 'valid', 'suspect', 'invalid']),
    reason: text,
    advice: text.exactOptional(),
  }),
  thresholds: z.array(threshold),
  workersExpected: number,
  workers: z.array(worker),
  requests: z.array(
    z.looseObject({
      key: text,
      method: text,
      name: text,
      now: statsWindow,
      run: statsWindow,
      trend: numbers,
    }),
  ),
  failures: z.looseObject({ kinds: number, shown: z.array(failure) }),
  exceptions: z.looseObject({ kinds: number, occurrences: number }),
  ledger: z.looseObject({
    sent: number,
    succeeded: number,
    failed: number,
    notSent: number,
    abandoned: number,
    redirected: number,
    unknown: number,
    inFlight: number,
    unknownMost: maybe,
  }),
  log: z.array(z.looseObject({ at: number, level, text })),
  forcedStopInMs: maybe,
});

const frame: z.ZodType<ControlFrame> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('snapshot'), snapshot }),
  z.strictObject({ type: z.literal('history'), rows: historyRows }),
  z.strictObject({ type: z.literal('result'), id: z.int(), ok: z.boolean(), message: text }),
]);

/**
 * Reads what a master sends to an attached client.
 *
 * @throws {ProtocolError} Where it is anything but a `ControlFrame`.
 */
export function parseControlFrame(message: string): ControlFrame {
  return parseWith(frame, message, 'the master');
}
