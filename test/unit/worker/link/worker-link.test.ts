import { describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { SendFence } from '../../../../src/base/send-fence.ts';
import { blobFrames } from '../../../../src/protocol/channel/frames.ts';
import type { Transport } from '../../../../src/protocol/channel/transport.ts';
import type { MasterFrame, RunConfig } from '../../../../src/protocol/messages/master-messages.ts';
import {
  parseWorkerFrame,
  type WorkerFrame,
} from '../../../../src/protocol/messages/worker-messages.ts';
import type { LinkEvent } from '../../../../src/worker/link/master-link.ts';
import { WorkerLink } from '../../../../src/worker/link/worker-link.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fleetConfig } from '../../../support/fleet-config.ts';
import { memoryPair } from '../../../support/memory-link.ts';

const config: RunConfig = {
  ...fleetConfig({
    runId: 'run-1',
    stopTimeoutMs: 1000,
    orphanTimeoutMs: 20_000,
    rejoinTimeoutMs: 60_000,
  }),
  workerIndex: 0,
};

/** A master that a test speaks for. */
class MasterEnd {
  readonly transport: Transport;
  readonly frames: WorkerFrame[] = [];
  readonly intervals: Uint8Array[] = [];
  isClosed = false;
  /** As behind a connection that is half open. */
  isSilent = false;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.open({
      onText: (text) => this.#onFrame(parseWorkerFrame(text)),
      onBytes: (bytes) => this.intervals.push(bytes),
      onClose: () => {
        this.isClosed = true;
      },
    });
  }

  send(frame: MasterFrame): void {
    this.transport.sendText(JSON.stringify(frame));
  }

  welcome(epoch: number, resumed = false, more: Partial<RunConfig> = {}): void {
    const bytes = Uint8Array.of(1, 2, 3);
    this.send({
      type: 'welcome',
      masterId: 'm1',
      workerId: 'w1',
      epoch,
      resumed,
      lastReceived: 0,
      lastSequence: 0,
      config: { ...config, ...more },
      ...(resumed ? {} : { script: { bytes: bytes.length, sha256: '' } }),
    });
    if (resumed) return;
    for (const frame of blobFrames({ kind: 'script', epoch: 0, number: 0, bytes })) {
      this.transport.sendBytes(frame);
    }
  }

  /** The control messages that came, by number. */
  get numbered(): string[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'numbered' ? [`${frame.number}:${frame.message.type}`] : [],
    );
  }

  #onFrame(frame: WorkerFrame): void {
    this.frames.push(frame);
    if (frame.type === 'clock-probe' && !this.isSilent) {
      this.send({ type: 'clock-answer', id: frame.id, masterUs: 0, seen: 0 });
    }
  }
}

interface Bench {
  readonly clock: FakeClock;
  readonly fence: SendFence;
  readonly link: WorkerLink;
  readonly masters: MasterEnd[];
  readonly events: LinkEvent[];
  /** Why the next attempts fail; `undefined`: they do not. */
  failure: Error | undefined;
  attempts: number;
}

/** @param answer - What the master does with its n-th connection, from 1. */
function createBench(
  answer: (master: MasterEnd, ordinal: number) => void = () => undefined,
  isMasterLocal = false,
): Bench {
  const clock = new FakeClock();
  const fence = new SendFence(clock);
  const masters: MasterEnd[] = [];
  const events: LinkEvent[] = [];
  const link = new WorkerLink({
    clock,
    connect: () => {
      bench.attempts += 1;
      if (bench.failure !== undefined) return Promise.reject(bench.failure);
      const [near, far] = memoryPair(clock, 1);
      const master = new MasterEnd(far);
      masters.push(master);
      answer(master, masters.length);
      return Promise.resolve(near);
    },
    fence,
    isMasterLocal,
    identity: { nodeId: 'node-number-1', host: 'h', pid: 1, cores: 1 },
    joinTimeoutMs: 10_000,
    blockedMs: () => 0,
    random: () => 0.5,
  });
  const bench: Bench = { clock, fence, link, masters, events, failure: undefined, attempts: 0 };
  link.start((event) => events.push(event));
  return bench;
}

const ended = ({ events }: Bench): LinkEvent | undefined =>
  events.find(({ type }) => type === 'ended');
const joined = ({ events }: Bench): LinkEvent[] => events.filter(({ type }) => type === 'joined');

describe('WorkerLink', () => {
  it('gives up after the join timeout where nobody answers', async () => {
    const bench = createBench();
    bench.failure = new Error('ECONNREFUSED');
    await bench.clock.advance(9000);
    expect(ended(bench)).toBeUndefined();
    await bench.clock.advance(3000);
    expect(ended(bench)).toMatchObject({
      code: 'KAT_NO_MASTER',
      message: expect.stringContaining('within 10 s'),
    });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('gives up after the join timeout where a master lets it in and hangs up, again and again', async () => {
    const bench = createBench((master) => master.transport.close('not today'));
    await bench.clock.advance(12_000);
    expect(ended(bench)).toMatchObject({ code: 'KAT_NO_MASTER' });
    expect(bench.attempts).toBeLessThan(25);
  });

  it('gives up after the join timeout where a master only talks nonsense', async () => {
    const bench = createBench((master) => master.transport.sendText('nonsense'));
    await bench.clock.advance(12_000);
    expect(ended(bench)).toMatchObject({ code: 'KAT_NO_MASTER' });
    expect(bench.attempts).toBeLessThan(25);
  });

  it('ends at once where it is refused, before or after the hello', async () => {
    const early = createBench();
    early.failure = new KatydidError('KAT_REFUSED', 'wrong token', { hint: 'look' });
    early.link.close();
    const late = createBench((master) => {
      master.send({ type: 'refused', message: 'the run is over', hint: 'start anew' });
    });
    await late.clock.advance(10);
    expect(ended(late)).toEqual({
      type: 'ended',
      code: 'KAT_REFUSED',
      message: 'the run is over',
      hint: 'start anew',
    });
    expect(late.clock.pendingTimers).toBe(0);
  });

  it('leaves a connection on which nothing comes for 10 s', async () => {
    const bench = createBench();
    await bench.clock.advance(12_500);
    expect(bench.masters[0]?.isClosed).toBe(true);
    expect(bench.masters).toHaveLength(1);
    expect(ended(bench)).toMatchObject({ code: 'KAT_NO_MASTER' });
  });

  it('joins with the script, and compares clocks eight times at once', async () => {
    const bench = createBench((master) => master.welcome(1));
    await bench.clock.advance(50);
    expect(joined(bench)).toEqual([
      expect.objectContaining({ epoch: 1, resumed: false, script: Uint8Array.of(1, 2, 3) }),
    ]);
    const probes = bench.masters[0]?.frames.filter(({ type }) => type === 'clock-probe');
    expect(probes).toHaveLength(8);
    expect(bench.events.at(-1)).toMatchObject({ type: 'clock' });
  });

  it('says again after a break what was not confirmed, intervals first', async () => {
    const bench = createBench((master, ordinal) => master.welcome(1, ordinal > 1));
    await bench.clock.advance(50);
    bench.masters[0]?.transport.terminate();
    bench.link.deliver(1, 1, Uint8Array.of(9));
    bench.link.send({ type: 'drained', lastSequence: 1, lastUserEndUs: 0 }, 1);
    await bench.clock.advance(500);
    const [, second] = bench.masters;
    expect(second?.frames[0]).toMatchObject({
      type: 'hello',
      resume: { runId: 'run-1', epoch: 1 },
    });
    expect(second?.numbered).toEqual(['1:drained']);
    expect(second?.intervals).toHaveLength(1);
    bench.link.close();
  });

  it('drops what was said under a lease that is over, but for the script’s wish to end the run', async () => {
    const bench = createBench((master, ordinal) => master.welcome(ordinal));
    await bench.clock.advance(50);
    bench.link.send({ type: 'ready' }, bench.masters.length);
    bench.masters[0]?.transport.terminate();
    bench.link.send({ type: 'stop-test', reason: 'enough' });
    await bench.clock.advance(500);
    const epoch = bench.masters.length;
    bench.link.send({ type: 'drained', lastSequence: 40, lastUserEndUs: 0 }, epoch - 1);
    bench.link.send({ type: 'ready' }, epoch);
    await bench.clock.advance(50);
    expect(bench.masters.at(-1)?.numbered).toEqual(['1:stop-test', '2:ready']);
    bench.link.close();
  });

  it('does not carry on in another run', async () => {
    const bench = createBench((master, ordinal) => {
      if (ordinal === 1) master.welcome(1);
      else master.welcome(1, false, { runId: 'run-2' });
    });
    await bench.clock.advance(50);
    bench.masters[0]?.transport.terminate();
    await bench.clock.advance(5000);
    expect(joined(bench)).toHaveLength(1);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ type: 'note', text: 'the master has another run: run-2' }),
    );
    bench.link.close();
  });

  it('says that it is orphaned after 20 s of silence, once, and gives up after 60 s', async () => {
    const bench = createBench((master) => master.welcome(1));
    await bench.clock.advance(50);
    bench.failure = new Error('ECONNREFUSED');
    bench.masters[0]?.transport.terminate();
    await bench.clock.advance(19_000);
    const orphaned = (): number => bench.events.filter(({ type }) => type === 'orphaned').length;
    expect(orphaned()).toBe(0);
    await bench.clock.advance(30_000);
    expect(orphaned()).toBe(1);
    await bench.clock.advance(15_000);
    expect(ended(bench)).toMatchObject({ message: expect.stringContaining('gone for 6') });
  });

  it('gives a connection up on which nothing comes for a third of the lease, and takes the lease up again', async () => {
    const bench = createBench((master, ordinal) => master.welcome(1, ordinal > 1));
    await bench.clock.advance(500);
    for (const master of bench.masters) master.isSilent = true;
    await bench.clock.advance(4900);
    expect(joined(bench)).toHaveLength(1);
    await bench.clock.advance(2000);
    expect(joined(bench)).toHaveLength(2);
    await bench.clock.advance(20_000);
    expect(joined(bench)).toHaveLength(2);
    bench.link.close();
  });

  it('tries at least once a second, so that a break of 4 s costs no lease', async () => {
    const bench = createBench((master, ordinal) => master.welcome(1, ordinal > 1));
    await bench.clock.advance(50);
    bench.failure = new Error('ECONNREFUSED');
    bench.masters[0]?.transport.terminate();
    await bench.clock.advance(4000);
    bench.failure = undefined;
    await bench.clock.advance(900);
    expect(joined(bench)).toHaveLength(2);
    bench.link.close();
  });

  it('takes an attempt for failed that does not end within 15 s, and drops what it brings later', async () => {
    const clock = new FakeClock();
    const late = Promise.withResolvers<Transport>();
    let attempts = 0;
    const link = new WorkerLink({
      clock,
      connect: () => {
        attempts += 1;
        return attempts === 1 ? late.promise : Promise.reject(new Error('no'));
      },
      fence: new SendFence(clock),
      isMasterLocal: false,
      identity: { nodeId: 'node-number-1', host: 'h', pid: 1, cores: 1 },
      joinTimeoutMs: 60_000,
      blockedMs: () => 0,
      random: () => 0,
    });
    link.start(() => undefined);
    await clock.advance(15_500);
    expect(attempts).toBeGreaterThan(1);
    const [near, far] = memoryPair(clock);
    const master = new MasterEnd(far);
    late.resolve(near);
    await clock.advance(10);
    expect(master.isClosed).toBe(true);
    link.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps 5,000 lines of the log for a master that is away, and says how many it dropped', async () => {
    const bench = createBench((master) => master.welcome(1));
    await bench.clock.advance(50);
    for (let line = 0; line < 5100; line += 1) {
      bench.link.send({ type: 'log', level: 'info', text: `line ${line}` });
    }
    bench.link.send({ type: 'ready' }, 1);
    await bench.clock.advance(50);
    expect(bench.masters[0]?.numbered).toHaveLength(5001);
    bench.masters[0]?.send({ type: 'clock-answer', id: 0, masterUs: 0, seen: 5001 });
    await bench.clock.advance(50);
    bench.link.send({ type: 'log', level: 'info', text: 'at last' });
    await bench.clock.advance(50);
    expect(bench.masters[0]?.frames.slice(-2)).toMatchObject([
      { message: { text: '100 lines of the log were dropped: too many at once' } },
      { message: { text: 'at last' } },
    ]);
    bench.link.close();
  });

  it('confirms the last message as it closes', async () => {
    const bench = createBench((master) => master.welcome(1));
    await bench.clock.advance(50);
    bench.masters[0]?.send({ type: 'numbered', number: 1, message: { type: 'finished' } });
    await bench.clock.advance(5);
    bench.link.close();
    await bench.clock.advance(5);
    expect(bench.masters[0]?.frames.at(-1)).toMatchObject({ type: 'heartbeat', seen: 1 });
    expect(bench.masters[0]?.isClosed).toBe(true);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  describe('the lease', () => {
    const isOpen = ({ fence, clock }: Bench): boolean => !fence.isShut(clock.nowUs());

    /** A worker that works under its first lease, with a master that answers until it is told not to. */
    async function leased(isMasterLocal = false): Promise<Bench> {
      const bench = createBench((master, ordinal) => {
        if (ordinal === 1) master.welcome(1);
      }, isMasterLocal);
      await bench.clock.advance(20);
      bench.link.send({ type: 'ready' }, 1);
      return bench;
    }

    it('begins when no user of an earlier one is left, not before', async () => {
      const bench = createBench((master) => master.welcome(2));
      expect(isOpen(bench)).toBe(true);
      await bench.clock.advance(20);
      expect(isOpen(bench)).toBe(false);
      bench.link.send({ type: 'ready' }, 2);
      expect(isOpen(bench)).toBe(true);
    });

    it('holds while the master answers, and 4.75 s from when it hangs up on one that does not', async () => {
      const bench = await leased();
      await bench.clock.advance(60_000);
      expect(isOpen(bench)).toBe(true);
      const [master] = bench.masters;
      if (master !== undefined) master.send = () => undefined;
      await bench.clock.advance(9500);
      expect(isOpen(bench)).toBe(true);
      await bench.clock.advance(1500);
      expect(isOpen(bench)).toBe(false);
    });

    it('is over at once for a process that stood still for longer', async () => {
      const bench = await leased();
      bench.clock.block(20_000);
      expect(isOpen(bench)).toBe(false);
    });

    it('holds after 6 s of standing still, once what came meanwhile was read', async () => {
      const bench = await leased();
      await bench.clock.advance(3000);
      bench.clock.block(6000);
      expect(isOpen(bench)).toBe(false);
      await bench.clock.advance(30);
      expect(isOpen(bench)).toBe(true);
      bench.clock.block(6000);
      bench.masters[0]?.transport.terminate();
      await bench.clock.advance(30);
      expect(isOpen(bench)).toBe(false);
    });

    it('holds 4.75 s where the connection closes, and on from a welcome back', async () => {
      const bench = await leased();
      bench.failure = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      bench.masters[0]?.transport.terminate();
      await bench.clock.advance(4500);
      expect(isOpen(bench)).toBe(true);
      await bench.clock.advance(300);
      expect(isOpen(bench)).toBe(false);
      bench.failure = undefined;
      await bench.clock.advance(2000);
      bench.masters.at(-1)?.welcome(1, true);
      await bench.clock.advance(2);
      expect(isOpen(bench)).toBe(true);
    });

    it('holds on where a port of this machine refuses: nobody is there to give users away', async () => {
      const bench = await leased(true);
      bench.failure = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      bench.masters[0]?.transport.terminate();
      await bench.clock.advance(25_000);
      expect(isOpen(bench)).toBe(true);
      bench.failure = new Error('ETIMEDOUT');
      await bench.clock.advance(5500);
      expect(isOpen(bench)).toBe(false);
    });
  });
});
