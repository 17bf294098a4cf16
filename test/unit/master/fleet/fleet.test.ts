import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { Fleet } from '../../../../src/master/fleet/fleet.ts';
import { blobFrames } from '../../../../src/protocol/channel/frames.ts';
import type { Transport } from '../../../../src/protocol/channel/transport.ts';
import {
  type MasterFrame,
  parseMasterFrame,
} from '../../../../src/protocol/messages/master-messages.ts';
import type {
  WorkerFrame,
  WorkerMessage,
} from '../../../../src/protocol/messages/worker-messages.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fleetConfig } from '../../../support/fleet-config.ts';
import { memoryPair } from '../../../support/memory-link.ts';

/** A worker that a test speaks for. */
class WorkerEnd {
  readonly transport: Transport;
  readonly frames: MasterFrame[] = [];
  isClosed = false;
  #sent = 0;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.open({
      onText: (text) => this.frames.push(parseMasterFrame(text)),
      onBytes: () => undefined,
      onClose: () => {
        this.isClosed = true;
      },
    });
  }

  hello(resume?: { epoch: number; runId?: string; lastReceived?: number }): void {
    const { epoch, runId = 'run', lastReceived = 0 } = resume ?? { epoch: 0 };
    this.frame({
      type: 'hello',
      nodeId: 'node-number-1',
      host: 'h',
      pid: 7,
      cores: 1,
      ...(resume === undefined ? {} : { resume: { runId, epoch, lastReceived, masterId: 'm1' } }),
    });
  }

  frame(frame: WorkerFrame): void {
    this.transport.sendText(JSON.stringify(frame));
  }

  say(message: WorkerMessage): void {
    this.#sent += 1;
    this.frame({ type: 'numbered', number: this.#sent, message });
  }

  interval(epoch: number, number: number, bytes = Uint8Array.of(1)): void {
    for (const frame of blobFrames({ kind: 'interval', epoch, number, bytes })) {
      this.transport.sendBytes(frame);
    }
  }

  /** The last frame of a type. */
  last(type: MasterFrame['type']): MasterFrame | undefined {
    return this.frames.findLast((frame) => frame.type === type);
  }
}

interface Bench {
  readonly clock: FakeClock;
  readonly fleet: Fleet;
  readonly told: string[];
  /** Payloads that are no intervals. */
  poison: number | undefined;
}

function createBench(): Bench {
  const clock = new FakeClock();
  const told: string[] = [];
  const fleet = new Fleet({
    clock,
    config: fleetConfig(),
    script: { bytes: new Uint8Array(10), sha256: '' },
    lateAfterMs: 3000,
    lostAfterMs: 15_000,
    masterId: 'm1',
    listener: {
      onJoined: ({ workerId, epoch }) => told.push(`joined ${workerId}/${epoch}`),
      onMessage: ({ workerId }, { type }) => told.push(`${workerId} ${type}`),
      onHolding: () => undefined,
      onInterval: ({ epoch, sequence }) => {
        if (sequence === bench.poison) throw new ProtocolError('no interval');
        told.push(`interval ${epoch}/${sequence}`);
      },
      onTally: () => undefined,
      onLate: (_member, isLate) => told.push(isLate ? 'late' : 'heard'),
      onLost: (_member, why) => told.push(`lost: ${why}`),
      onBlocked: () => told.push('blocked'),
      onRefused: (peer, why) => told.push(`refused ${peer}: ${why}`),
    },
  });
  const bench: Bench = { clock, fleet, told, poison: undefined };
  return bench;
}

function connect({ clock, fleet }: Bench): WorkerEnd {
  const [near, far] = memoryPair(clock);
  fleet.accept(far);
  return new WorkerEnd(near);
}

/** Time passes as in a run: somebody looks at the workers' silence once a second. */
async function pass({ clock, fleet }: Bench, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await clock.advance(1000);
    fleet.tick();
  }
}

/** A worker under its first lease that has loaded its script. */
async function readyWorker(bench: Bench): Promise<WorkerEnd> {
  const worker = connect(bench);
  worker.hello();
  worker.say({ type: 'ready' });
  await bench.clock.advance(1);
  return worker;
}

describe('Fleet', () => {
  it('gives a new worker its name, first lease and script', async () => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    expect(worker.frames[0]).toMatchObject({
      type: 'welcome',
      workerId: 'w1',
      epoch: 1,
      resumed: false,
      script: { bytes: 10 },
      config: { workerIndex: 0 },
    });
    expect(bench.told).toEqual(['joined w1/1', 'w1 ready']);
    expect(bench.fleet.member('w1')?.state).toBe('ready');
  });

  it('ends a connection without a hello after 5 s, and leaves no timer behind', async () => {
    const bench = createBench();
    const worker = connect(bench);
    await bench.clock.advance(5100);
    expect(worker.isClosed).toBe(true);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('lets a worker carry on under its lease within 5 s of a closed connection', async () => {
    const bench = createBench();
    const first = await readyWorker(bench);
    first.transport.terminate();
    await pass(bench, 4);
    const second = connect(bench);
    second.hello({ epoch: 1 });
    await pass(bench, 2);
    expect(second.frames[0]).toMatchObject({ resumed: true, epoch: 1, lastReceived: 1 });
    expect(bench.told).toEqual(['joined w1/1', 'w1 ready', 'late', 'heard']);
  });

  it('gives a worker up 5 s after its connection closed; back it comes under a new lease', async () => {
    const bench = createBench();
    const first = await readyWorker(bench);
    first.transport.terminate();
    await pass(bench, 7);
    expect(bench.told.at(-1)).toBe('lost: connection closed 6 s ago');
    const second = connect(bench);
    second.hello({ epoch: 1 });
    await bench.clock.advance(1);
    expect(second.frames[0]).toMatchObject({ resumed: false, epoch: 2, workerId: 'w1' });
  });

  it('hangs up on a worker that was silent for 15 s, so that it learns that its lease is over', async () => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    await pass(bench, 16);
    expect(bench.told.slice(-2)).toEqual(['late', 'lost: silent for 15 s']);
    await bench.clock.advance(10);
    expect(worker.isClosed).toBe(true);
  });

  it('does not mourn a worker that says hello again before it was ready', async () => {
    const bench = createBench();
    connect(bench).hello();
    await bench.clock.advance(1);
    connect(bench).hello();
    await bench.clock.advance(1);
    expect(bench.told).toEqual(['joined w1/1', 'joined w1/2']);
  });

  it('ends the older of two connections of one worker, and hears it no more', async () => {
    const bench = createBench();
    const first = await readyWorker(bench);
    const second = connect(bench);
    second.hello({ epoch: 1 });
    await bench.clock.advance(0);
    first.interval(1, 1);
    await bench.clock.advance(10);
    expect(first.isClosed).toBe(true);
    expect(bench.told).toEqual(['joined w1/1', 'w1 ready']);
  });

  it('takes each interval once, in order, and says again what is stored', async () => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    worker.interval(1, 1);
    worker.interval(1, 2);
    await bench.clock.advance(1);
    const member = bench.fleet.member('w1');
    if (member !== undefined) bench.fleet.acknowledge(member, 1, 2);
    worker.interval(1, 1);
    await bench.clock.advance(1);
    expect(bench.told.slice(2)).toEqual(['interval 1/1', 'interval 1/2']);
    expect(worker.frames.slice(-2)).toEqual([
      { type: 'stored', epoch: 1, sequence: 2 },
      { type: 'stored', epoch: 1, sequence: 2 },
    ]);
  });

  it.each<[string, (worker: WorkerEnd) => void, string]>([
    [
      'a gap in the intervals',
      (worker) => worker.interval(1, 2),
      'interval 2 arrived after interval 0',
    ],
    ['a lease to come', (worker) => worker.interval(2, 1), 'an interval of epoch 2'],
    ['no lease', (worker) => worker.interval(0, 1), 'an interval of epoch 0'],
    [
      'a confirmation of what was never sent',
      (worker) => worker.frame({ type: 'heartbeat', seen: 9, blockedMs: 0 }),
      'never sent',
    ],
    [
      'a gap in the messages',
      (worker) => worker.frame({ type: 'numbered', number: 9, message: { type: 'leaving' } }),
      'something is missing',
    ],
  ])('drops the connection at %s', async (_what, act, why) => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    act(worker);
    await bench.clock.advance(10);
    expect(worker.isClosed).toBe(true);
    expect(bench.told.at(-1)).toEqual(expect.stringContaining(`refused w1: `));
    expect(bench.told.at(-1)).toContain(why);
  });

  it('takes an interval that could not be read the first time when it comes again', async () => {
    const bench = createBench();
    bench.poison = 1;
    const first = await readyWorker(bench);
    first.interval(1, 1);
    await bench.clock.advance(10);
    expect(first.isClosed).toBe(true);
    bench.poison = undefined;
    const second = connect(bench);
    second.hello({ epoch: 1 });
    second.interval(1, 1);
    await bench.clock.advance(1);
    expect(bench.told.at(-1)).toBe('interval 1/1');
  });

  it('lets a worker that breaks the rules three times not in again, and frees its users after its lease', async () => {
    const bench = createBench();
    bench.poison = 1;
    (await readyWorker(bench)).interval(1, 1);
    await bench.clock.advance(10);
    for (let time = 0; time < 2; time += 1) {
      const again = connect(bench);
      again.hello({ epoch: 1 });
      again.interval(1, 1);
      await bench.clock.advance(10);
    }
    const last = connect(bench);
    last.hello({ epoch: 1 });
    await bench.clock.advance(10);
    expect(last.frames).toEqual([expect.objectContaining({ type: 'refused' })]);
    // It may not have heard that it was cut off, and sends until its lease is over.
    await bench.clock.advance(14_900);
    bench.fleet.tick();
    expect(bench.told.filter((what) => what.startsWith('lost'))).toEqual([]);
    await bench.clock.advance(200);
    bench.fleet.tick();
    expect(bench.told.at(-1)).toBe('lost: silent for 15 s');
  });

  it('ignores that a worker is ready twice, or leaves when it is done', async () => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    worker.say({ type: 'ready' });
    const member = bench.fleet.member('w1');
    await bench.clock.advance(1);
    member?.drain();
    worker.say({ type: 'leaving' });
    await bench.clock.advance(1);
    expect(bench.told).toEqual(['joined w1/1', 'w1 ready']);
    expect(member?.state).toBe('drained');
  });

  it('tells a worker that was cut off at the end that the run is over, before it closes', async () => {
    const bench = createBench();
    const first = await readyWorker(bench);
    const [member] = bench.fleet.members();
    first.transport.terminate();
    await bench.clock.advance(1);
    bench.fleet.closeFor('the run is over');
    if (member !== undefined) bench.fleet.finish(member);
    let isDone = false;
    void bench.fleet.farewell(bench.fleet.members(), 2000).then(() => {
      isDone = true;
    });
    await bench.clock.advance(500);
    expect(isDone).toBe(false);
    const second = connect(bench);
    second.hello({ epoch: 1 });
    await bench.clock.advance(1);
    expect(second.last('numbered')).toMatchObject({ message: { type: 'finished' } });
    second.frame({ type: 'heartbeat', seen: 1, blockedMs: 0 });
    await bench.clock.advance(1);
    expect(isDone).toBe(true);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('waits for nobody longer than it was told to', async () => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    const [member] = bench.fleet.members();
    worker.transport.terminate();
    if (member !== undefined) bench.fleet.finish(member);
    let isDone = false;
    void bench.fleet.farewell(bench.fleet.members(), 2000).then(() => {
      isDone = true;
    });
    await bench.clock.advance(1999);
    expect(isDone).toBe(false);
    await bench.clock.advance(2);
    expect(isDone).toBe(true);
  });

  it('refuses who comes when the run is over', async () => {
    const bench = createBench();
    bench.fleet.closeFor('the run is over');
    const worker = connect(bench);
    worker.hello();
    await bench.clock.advance(10);
    expect(worker.frames).toEqual([
      { type: 'refused', message: 'the run is over', hint: expect.any(String) },
    ]);
    expect(worker.isClosed).toBe(true);
    expect(bench.fleet.members()).toEqual([]);
  });

  it('says once an episode that a script blocks its worker', async () => {
    const bench = createBench();
    const worker = await readyWorker(bench);
    for (const blockedMs of [0, 1500, 2500, 0, 1200]) {
      worker.frame({ type: 'heartbeat', seen: 0, blockedMs });
    }
    await bench.clock.advance(1);
    expect(bench.told.filter((line) => line === 'blocked')).toHaveLength(2);
  });
});
