import { blobFrames } from '../../src/protocol/channel/frames.ts';
import type { Transport } from '../../src/protocol/channel/transport.ts';
import type { WorkerFrame } from '../../src/protocol/messages/worker-messages.ts';
import { ByteWriter } from '../../src/stats/bytes/byte-writer.ts';
import { NO_STALLS } from '../../src/stats/interval/interval.ts';
import { encodeInterval } from '../../src/stats/interval/interval-codec.ts';
import { NameTotals } from '../../src/stats/interval/name-totals.ts';
import { connectMaster } from '../../src/worker/link/connect-master.ts';
import { BENCH_TOKEN } from './katydid-process.ts';

/** Intervals that a worker may have on their way; the master stores about once a second. */
const WINDOW = 10;
const REQUESTS_A_NAME = 5;

/**
 * A worker that runs no users and delivers made-up intervals as fast as the master stores them: a second
 * of the run each, whatever the clock says.
 */
export class SimulatedWorker {
  /** Intervals that the master has stored. */
  stored = 0;
  /** Why the master dropped it, where it did. */
  lostBecause: string | undefined;
  readonly #nodeId: string;
  /** An interval of second 0: the same figures every second, encoded once. */
  readonly #secondZero: Uint8Array;
  #transport: Transport | undefined;
  #epoch = 1;
  #sequence = 0;
  #messages = 0;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(index: number, names: number) {
    this.#nodeId = `simulated-worker-${index}`;
    const stats = Array.from({ length: names }, (_, name) => nameStats(name, index));
    this.#secondZero = encodeInterval({
      second: 0,
      users: 1,
      usersPeak: 1,
      health: {
        cpuRatio: 0.5,
        loopRatio: 0.5,
        memoryBytes: 8e7,
        clockOffsetUs: 0,
        clockErrorUs: 50,
        stalls: NO_STALLS,
      },
      names: stats,
      errors: [],
      exceptions: [],
    });
  }

  /** Joins; intervals flow once the run has started. */
  async join(url: string): Promise<void> {
    const transport = await connectMaster({ url, token: BENCH_TOKEN });
    this.#transport = transport;
    transport.open({
      onText: (text) => this.#onText(text),
      onBytes: () => undefined,
      onClose: (reason) => {
        clearInterval(this.#heartbeat);
        if (this.#transport !== undefined) this.lostBecause = reason;
      },
    });
    this.#send({ type: 'hello', nodeId: this.#nodeId, host: 'bench', pid: process.pid, cores: 1 });
    this.#heartbeat = setInterval(() => {
      this.#send({ type: 'heartbeat', seen: 0, blockedMs: 0 });
    }, 1000);
  }

  /** Leaves without a word. */
  leave(): void {
    const transport = this.#transport;
    this.#transport = undefined;
    clearInterval(this.#heartbeat);
    transport?.terminate();
  }

  #onText(text: string): void {
    // The master under test is trusted: this is no place to prove its messages.
    const frame = JSON.parse(text) as {
      type: string;
      epoch: number;
      sequence: number;
      message: { type: string };
    };
    if (frame.type === 'welcome') {
      this.#epoch = frame.epoch;
      this.#send({ type: 'clock-probe', id: 1 });
    } else if (frame.type === 'clock-answer' && this.#messages === 0) {
      this.#messages += 1;
      this.#send({ type: 'numbered', number: this.#messages, message: { type: 'ready' } });
    } else if (frame.type === 'numbered' && frame.message.type === 'prepare') {
      this.#messages += 1;
      this.#send({ type: 'numbered', number: this.#messages, message: { type: 'prepared' } });
    } else if (frame.type === 'numbered' && frame.message.type === 'start') {
      this.#fill();
    } else if (frame.type === 'stored') {
      this.stored = frame.sequence;
      this.#fill();
    }
  }

  #fill(): void {
    while (this.#sequence < this.stored + WINDOW) {
      const bytes = ofSecond(this.#secondZero, this.#sequence);
      this.#sequence += 1;
      const blob = { kind: 'interval', epoch: this.#epoch, number: this.#sequence, bytes } as const;
      for (const frame of blobFrames(blob)) this.#transport?.sendBytes(frame);
    }
  }

  #send(frame: WorkerFrame): void {
    this.#transport?.sendText(JSON.stringify(frame));
  }
}

/** Puts a second in the place of 0: the number behind the format's byte, as a signed varint. */
function ofSecond(secondZero: Uint8Array, second: number): Uint8Array {
  const [format = 0] = secondZero;
  const writer = new ByteWriter();
  writer.byte(format);
  writer.signedVarint(second);
  return Buffer.concat([writer.finish(), secondZero.subarray(2)]);
}

function nameStats(name: number, worker: number): NameTotals {
  const stats = new NameTotals('GET', `/route/${name}`);
  for (let request = 0; request < REQUESTS_A_NAME; request += 1) {
    const us = 900 + ((name * 131 + worker * 37 + request * 977) % 20_000);
    stats.succeeded += 1;
    stats.succeededResponse.record(us);
    stats.service.record(us - 20);
    stats.lag.record(us % 50);
    stats.ttfb.record(us - 30);
    stats.countStatus(200, 1);
    stats.bytesReceived += 300;
    stats.contentBytes += 200;
  }
  return stats;
}
