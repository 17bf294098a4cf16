import type { Clock, TimerHandle } from '../../base/clock.ts';

/** How often the watched thread shows that it is alive; its lateness is the error of `blockedMs`. */
const BEAT_MS = 100;

/**
 * Tells one thread for how long another has not turned its event loop: a script that never awaits
 * blocks every user of its worker, and only another thread can say so while it lasts.
 *
 * Both ends hold the same shared memory: one clock reading, in microseconds.
 */
export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #beatUs: Float64Array;
  readonly #clock: Clock;
  #timer: TimerHandle | undefined;

  /** @param memory - From the other end's `memory`; absent: makes its own. */
  constructor(clock: Clock, memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.#clock = clock;
    this.memory = memory;
    this.#beatUs = new Float64Array(memory);
  }

  /** Begins to beat on the watched thread's event loop. */
  start(): void {
    this.#beatUs[0] = this.#clock.nowUs();
    this.#timer = this.#clock.setTimer(BEAT_MS, () => this.start());
  }

  /** Stops beating; call it before the thread ends. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  /** For how long the watched thread has been late, in milliseconds >= 0; to be asked elsewhere. */
  blockedMs(): number {
    const beatUs = this.#beatUs[0] ?? 0;
    if (beatUs === 0) return 0;
    return Math.max(0, (this.#clock.nowUs() - beatUs) / 1000 - BEAT_MS);
  }
}
