import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/base/errors.ts';
import { BlobAssembler, blobFrames, isOfKind } from '../../../src/protocol/channel/frames.ts';
import { parseWorkerFrame } from '../../../src/protocol/messages/worker-messages.ts';
import type { Interval } from '../../../src/stats/interval/interval.ts';
import { decodeInterval, encodeInterval } from '../../../src/stats/interval/interval-codec.ts';
import { INTERVAL_LIMITS } from '../../../src/stats/interval/interval-limits.ts';
import { SimulatedCluster } from '../../support/simulated-cluster.ts';
import { type Frame, TappedTransport } from '../../support/tapped-transport.ts';

const FAR = 1e15;
const MAX = Number.MAX_SAFE_INTEGER;

/** Fields that loops, lists and timers are made of, and values at both ends of what is let through. */
const FIELDS: readonly (readonly [key: string, values: readonly number[]])[] = [
  ['lostAfterMs', [0, 1e-300, 1, FAR / 1000]],
  ['orphanTimeoutMs', [0, FAR / 1000]],
  ['rejoinTimeoutMs', [0, FAR / 1000]],
  ['stopTimeoutMs', [0, FAR / 1000]],
  ['timeoutMs', [0, FAR / 1000]],
  ['workerCount', [0, MAX]],
  ['workerIndex', [MAX]],
  ['lastReceived', [MAX]],
  ['lastSequence', [0, MAX]],
  ['epoch', [0, 10_000, 2 ** 31, MAX]],
  ['bytes', [1, MAX]],
  ['startAtUs', [-FAR, 0, FAR]],
  ['masterUs', [-FAR, 0, FAR]],
  ['atMs', [-FAR / 1000, FAR / 1000]],
  ['user', [MAX]],
  ['classIndex', [MAX]],
  ['incarnation', [MAX]],
  ['iterations', [1, MAX]],
  ['seen', [MAX]],
  ['sequence', [MAX]],
  ['number', [0, MAX]],
  ['id', [MAX]],
  ['blockedMs', [FAR / 1000]],
  ['lastUserEndUs', [-FAR, FAR]],
];

/** What an interval may claim. */
const CLAIMS: readonly Partial<Interval>[] = [
  { second: -INTERVAL_LIMITS.second },
  { second: 40_000 },
  { second: 86_399 },
  { second: 86_500 },
  { second: INTERVAL_LIMITS.second },
  { users: MAX, usersPeak: MAX },
];

describe('a run with a worker, or a master, that sends the most that is let through', {
  timeout: 60_000,
}, () => {
  it.each(FIELDS.flatMap(([key, values]) => values.map((value) => [key, value] as const)))(
    'ends, and the other worker does its part, with %s = %d',
    async (key, value) => {
      await expectGoodEnd((frame) =>
        typeof frame === 'string' ? claimed(frame, key, value) : frame,
      );
    },
  );

  it.each(CLAIMS)(
    'ends, and the other worker does its part, with intervals of %o',
    async (claim) => {
      await expectGoodEnd((frame) => (typeof frame === 'string' ? frame : claimedOf(frame, claim)));
    },
  );

  it.each([
    holding({ user: 1_000_000 }, {}),
    holding({}, { user: 1_000_000 }),
    holding({ atMs: 1e308 }, {}),
    holding({ stopAtMs: 1e308 }, {}),
    hello(10_001),
  ])('is refused %j', (frame) => {
    expect(() => parseWorkerFrame(JSON.stringify(frame))).toThrow(ProtocolError);
  });

  it('is let through with the largest user number and lease', () => {
    const frames = [holding({ user: 999_999 }, { user: 999_999 }), hello(10_000)];
    for (const frame of frames) expect(parseWorkerFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it('keeps a run as long as it was where each interval is a day ahead of the one before', async () => {
    let days = 0;
    await expectGoodEnd((frame) => {
      if (typeof frame === 'string' || !isOfKind(frame, 'interval')) return frame;
      days += 1;
      return claimedOf(frame, { second: days * 86_300 });
    });
    expect(days).toBeGreaterThan(1);
  });
});

function holding(heldChange: object, spentChange: object): object {
  const held = { user: 1, classIndex: 0, incarnation: 0, atMs: 0, ...heldChange };
  const spent = { user: 2, incarnation: 0, isRetired: false, ...spentChange };
  return {
    type: 'numbered',
    number: 1,
    message: { type: 'holding', held: [held], spent: [spent] },
  };
}

function hello(epoch: number): object {
  const resume = { runId: 'run', epoch, lastReceived: 0, masterId: 'm' };
  return { type: 'hello', nodeId: 'node-0001', host: 'h', pid: 1, cores: 1, resume };
}

/** Runs two workers, one of them behind `change`. */
async function expectGoodEnd(change: (frame: Frame) => Frame): Promise<void> {
  const cluster = new SimulatedCluster({
    ...{ workers: 2, users: 6, spawnRate: 10, runTimeMs: 3000, seed: 1 },
    tap: (transport, node) =>
      node.startsWith('node-0')
        ? new TappedTransport(transport, (frame) => [change(frame)])
        : transport,
  });

  await cluster.finish();

  expect(cluster.store.problems).toEqual([]);
  expect(cluster.worker(1).end?.message).toBe('the run is over');
  expect(cluster.store.end?.durationSeconds).toBeLessThan(120);
  for (const { historyEnd, changes } of cluster.snapshots) {
    expect(historyEnd).toBeLessThan(120 + 86_400);
    expect(changes.second.length).toBeLessThan(5000);
  }
}

function claimed(text: string, key: string, value: number): string {
  return JSON.stringify(JSON.parse(text), (own, is: unknown) =>
    own === key && typeof is === 'number' ? value : is,
  );
}

function claimedOf(frame: Uint8Array, claim: Partial<Interval>): Uint8Array {
  if (!isOfKind(frame, 'interval')) return frame;
  const blob = new BlobAssembler('interval', INTERVAL_LIMITS.bytes).push(frame);
  if (blob === undefined) return frame;
  const bytes = encodeInterval({ ...decodeInterval(blob.bytes), ...claim });
  const [first = frame] = blobFrames({ ...blob, bytes });
  return first;
}
