import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { BlobAssembler } from '../../../../src/protocol/channel/frames.ts';
import { parseControlFrame } from '../../../../src/protocol/messages/control-frames.ts';
import { parseMasterFrame } from '../../../../src/protocol/messages/master-messages.ts';
import { parseWorkerFrame } from '../../../../src/protocol/messages/worker-messages.ts';
import { decodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import { INTERVAL_LIMITS } from '../../../../src/stats/interval/interval-limits.ts';
import { mutatedFrame } from '../../../support/mutated-frames.ts';
import { SimulatedCluster } from '../../../support/simulated-cluster.ts';
import { type Direction, type Frame, TappedTransport } from '../../../support/tapped-transport.ts';

interface Recorded {
  readonly frame: Frame;
  readonly direction: Direction;
}

const SMALL_RUN = { workers: 2, users: 6, spawnRate: 10, runTimeMs: 3000 };

/** Everything that was said in a whole run, so that what is spoilt is what is really said today. */
async function recordedRun(): Promise<readonly Recorded[]> {
  const recorded: Recorded[] = [];
  const cluster = new SimulatedCluster({
    ...SMALL_RUN,
    seed: 1,
    tap: (transport) =>
      new TappedTransport(transport, (frame, direction) => {
        recorded.push({ frame, direction });
        return [frame];
      }),
  });
  await cluster.advance(1500);
  cluster.worker(0).network.breakAll(500);
  await cluster.finish();
  return recorded;
}

function readerOf({ frame, direction }: Recorded): (frame: Frame) => unknown {
  if (typeof frame !== 'string') {
    if (direction === 'to-worker')
      return (bytes) => new BlobAssembler('script', 2 ** 20).push(bytes as Uint8Array); // as recorded
    return (bytes) => {
      const blob = new BlobAssembler('interval', INTERVAL_LIMITS.bytes).push(bytes as Uint8Array); // as recorded
      return blob && decodeInterval(blob.bytes);
    };
  }
  const parse = direction === 'to-worker' ? parseMasterFrame : parseWorkerFrame;
  return (text) => parse(text as string); // as recorded
}

function outcomeOf(read: (frame: Frame) => unknown, frame: Frame): string {
  try {
    read(frame);
    return 'accepted';
  } catch (error) {
    return error instanceof KatydidError ? error.code : String(error);
  }
}

describe('every message of a recorded run', { timeout: 60_000 }, () => {
  it('is accepted as it is, and spoilt answered with a value or a ProtocolError', async () => {
    const recorded = await recordedRun();
    const kinds = recorded.map(({ frame }) =>
      typeof frame === 'string'
        ? (JSON.parse(frame).message?.type ?? JSON.parse(frame).type)
        : 'bytes',
    );
    expect([...new Set(kinds)]).toEqual(
      expect.arrayContaining([
        'hello',
        'welcome',
        'assign',
        'ended',
        'heartbeat',
        'drained',
        'bytes',
      ]),
    );
    for (const each of recorded.filter(({ frame }) => typeof frame === 'string')) {
      expect(outcomeOf(readerOf(each), each.frame)).toBe('accepted');
    }

    fc.assert(
      fc.property(
        fc.constantFrom(...recorded),
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        (each, seed, times) => {
          const random = new SeededRandom(seed);
          let frame = each.frame;
          for (let time = 0; time < times; time += 1) frame = spoilt(frame, random);
          expect(['accepted', 'KAT_PROTOCOL']).toContain(outcomeOf(readerOf(each), frame));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('what a master shows to those who look on', { timeout: 30_000 }, () => {
  it('is accepted as it is, and spoilt answered with a value or a ProtocolError', async () => {
    const cluster = new SimulatedCluster({ ...SMALL_RUN, seed: 1 });
    await cluster.finish();
    const frames = [
      ...cluster.snapshots.map((snapshot) => JSON.stringify({ type: 'snapshot', snapshot })),
      JSON.stringify({ type: 'result', id: 1, ok: true, message: 'done' }),
    ];
    for (const frame of frames) expect(outcomeOf(readControl, frame)).toBe('accepted');

    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.nat(), (frame, seed) => {
        const outcome = outcomeOf(readControl, mutatedFrame(frame, new SeededRandom(seed)));
        expect(['accepted', 'KAT_PROTOCOL']).toContain(outcome);
      }),
      { numRuns: 300 },
    );
    for (const frame of ['null', '1', '{}', '{"type":"snapshot"}', '{"type":"result","id":1}']) {
      expect(outcomeOf(readControl, frame)).toBe('KAT_PROTOCOL');
    }
  });
});

const readControl = (frame: Frame): unknown => parseControlFrame(frame as string); // as given

describe('a run with somebody in the line of one worker who spoils what is said', {
  timeout: 60_000,
}, () => {
  it('ends, without any other error, and the other worker does its part', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(0.01, 0.05, 0.3), async (seed, likelihood) => {
        const random = new SeededRandom(seed);
        const cluster = new SimulatedCluster({
          ...SMALL_RUN,
          seed,
          tap: (transport, node) =>
            node.startsWith('node-0')
              ? new TappedTransport(transport, (frame) => disturbed(frame, random, likelihood))
              : transport,
        });

        await cluster.finish();

        expect(cluster.store.problems).toEqual([]);
        expect(cluster.store.end).toBeDefined();
        expect(cluster.worker(1).end?.message).toBe('the run is over');
      }),
      { numRuns: 60, examples: [[1_223_882_560, 0.3]] },
    );
  });
});

/** Spoilt, twice, or not at all. */
function disturbed(frame: Frame, random: SeededRandom, likelihood: number): readonly Frame[] {
  if (random.next() >= likelihood) return [frame];
  const kind = random.next();
  if (kind < 0.1) return [];
  if (kind < 0.2) return [frame, frame];
  return [mutatedFrame(frame, random)];
}

/** What is no JSON any more can only be spoilt as bytes are. */
function spoilt(frame: Frame, random: SeededRandom): Frame {
  try {
    return mutatedFrame(frame, random);
  } catch {
    return `${frame}`.slice(0, -1);
  }
}
