import { performance } from 'node:perf_hooks';
import type { Clock } from '../../base/clock.ts';
import type { LoopStalls } from '../../stats/interval/interval.ts';
import { LoopBeat } from '../clock/loop-beat.ts';

/** How busy this process was over the time between two readings. */
export interface SelfReading {
  /** CPU time of all threads over wall time; 1 is one core. */
  readonly cpuRatio: number;
  /** Event-loop utilisation of the calling thread, 0..1. */
  readonly loopRatio: number;
  readonly memoryBytes: number;
  /** Stalls of the same thread's event loop. */
  readonly stalls: LoopStalls;
}

/** Watches a process; see `SelfMonitor`. In simulations there is nothing to watch. */
export interface ProcessMonitor {
  read(): SelfReading;
  watch?(inFlight: () => number): void;
  rest?(): void;
}

/** Watches the process it runs in; one reading covers the time since the one before. */
export class SelfMonitor implements ProcessMonitor {
  readonly #clock: Clock;
  readonly #beat: LoopBeat;
  #loop = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #readAtUs: number;
  #lastMemoryBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beat = new LoopBeat(clock);
    this.#readAtUs = clock.nowUs();
  }

  /** The kernel tells by a file: where none can be opened, this is what it said last. */
  #memoryBytes(): number {
    try {
      this.#lastMemoryBytes = process.memoryUsage.rss();
    } catch {
      // The users may have all files open (EMFILE), and the report must go out all the same.
    }
    return this.#lastMemoryBytes;
  }

  /** Watches the event loop. @param inFlight - Exchanges on the wire. */
  watch(inFlight: () => number): void {
    this.#beat.start(inFlight);
  }

  /** Watches the event loop no more. */
  rest(): void {
    this.#beat.stop();
  }

  /** Reads, and begins the next stretch of time. */
  read(): SelfReading {
    const nowUs = this.#clock.nowUs();
    const loop = performance.eventLoopUtilization();
    const cpu = process.cpuUsage();
    const elapsedUs = Math.max(1, nowUs - this.#readAtUs);
    const busyUs = cpu.user - this.#cpu.user + cpu.system - this.#cpu.system;
    const reading = {
      cpuRatio: busyUs / elapsedUs,
      loopRatio: performance.eventLoopUtilization(loop, this.#loop).utilization,
      memoryBytes: this.#memoryBytes(),
      stalls: this.#beat.take(),
    };
    this.#loop = loop;
    this.#cpu = cpu;
    this.#readAtUs = nowUs;
    return reading;
  }
}
