import type { Clock, TimerHandle } from './clock.ts';

/** How often what is held looks whether it may go on. */
const LOOK_MS = 5;

/**
 * Says until when a worker may send: as long as its master is sure not to have given its users to others.
 * The thread that talks to the master writes one number, the thread that runs users compares it with a
 * clock reading before each exchange; nothing has to be told in time, so that a process which stood still
 * finds itself fenced before it sends anything.
 */
export class SendFence {
  readonly memory: SharedArrayBuffer;
  readonly #untilUs: Float64Array;
  readonly #clock: Clock;
  #held: (() => void)[] = [];
  #timer: TimerHandle | undefined;

  /** @param memory - From the other thread's `memory`; absent: makes its own, open for ever. */
  constructor(clock: Clock, memory?: SharedArrayBuffer) {
    this.#clock = clock;
    this.memory = memory ?? new SharedArrayBuffer(8);
    this.#untilUs = new Float64Array(this.memory);
    if (memory === undefined) this.#untilUs[0] = Number.POSITIVE_INFINITY;
  }

  /** Until when exchanges may be sent, in microseconds of the clock; infinity: for ever. */
  set untilUs(us: number) {
    this.#untilUs[0] = us;
  }

  /** Whether nothing may be sent at this instant of the clock. */
  isShut(nowUs: number): boolean {
    return nowUs > (this.#untilUs[0] ?? 0);
  }

  /** Calls `goOn` once it is open again, in the order of the calls. It must look for itself whether it is still wanted. */
  hold(goOn: () => void): void {
    this.#held.push(goOn);
    this.#timer ??= this.#clock.setTimer(LOOK_MS, () => this.#look());
  }

  /** Forgets what is held. */
  close(): void {
    this.#held = [];
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    if (this.isShut(this.#clock.nowUs())) {
      this.#timer = this.#clock.setTimer(LOOK_MS, () => this.#look());
      return;
    }
    const held = this.#held;
    this.#held = [];
    for (const goOn of held) goOn();
  }
}
