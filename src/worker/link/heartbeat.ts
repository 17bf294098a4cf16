import type { Clock, TimerHandle } from '../../base/clock.ts';
import { msToUs } from '../../base/units.ts';
import type { Lease } from './lease.ts';

const HEARTBEAT_MS = 1000;
/** Beats that fit at least into the silence after which the master gives a worker up. */
const BEATS_IN_PATIENCE = 4;
/** However short the patience is: beats without a pause would fill the connection and the memory. */
const MIN_BEAT_MS = 10;
/** A beat that is later than this shows that the process stood still meanwhile. */
const LATE_BEAT_MS = 500;
/** So long a process that stood still reads what has arrived before it trusts what it knows. */
const READ_MS = 20;

/**
 * Beats once a second, or four times in the master's patience where that is more often, but never more
 * often than every 10 ms. At each beat it tells the lease that this process is reading what arrives.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #lease: Lease;
  readonly #onBeat: (isOnTime: boolean) => void;
  #timer: TimerHandle | undefined;
  #dueUs = Number.POSITIVE_INFINITY;
  #beatMs = HEARTBEAT_MS;

  /**
   * @param onBeat - Called at each beat. A late beat tells nothing about the master's silence: what came
   *   meanwhile is still to be read.
   */
  constructor(clock: Clock, lease: Lease, onBeat: (isOnTime: boolean) => void) {
    this.#clock = clock;
    this.#lease = lease;
    this.#onBeat = onBeat;
  }

  /** For how long the master hears nothing before it gives a worker up, 0 or more; from the next beat on. */
  set patienceMs(patienceMs: number) {
    const beatMs = Math.max(MIN_BEAT_MS, patienceMs / BEATS_IN_PATIENCE);
    this.#beatMs = Math.min(HEARTBEAT_MS, beatMs);
  }

  /** Beats now, and from now on. */
  start(): void {
    const isOnTime = this.#noteAlive();
    this.#timer = this.#clock.setTimer(this.#beatMs, () => this.start());
    this.#onBeat(isOnTime);
  }

  /** Beats no more. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  /** @returns Whether the beat is on time. */
  #noteAlive(): boolean {
    const nowUs = this.#clock.nowUs();
    const isLate = nowUs > this.#dueUs + msToUs(LATE_BEAT_MS);
    this.#dueUs = nowUs + msToUs(this.#beatMs);
    // Timers fire before what has arrived is read: a process that stood still has to read that first.
    if (isLate) this.#clock.setTimer(READ_MS, () => this.#noteAlive());
    else this.#lease.alive(nowUs);
    return !isLate;
  }
}
