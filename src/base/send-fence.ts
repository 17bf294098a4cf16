import type { Clock, TimerHandle } from './clock.ts';

/** How often the exchanges that are held look whether they may go on. */
const LOOK_MS = 5;

/**
 * Says until when a worker may send: as long as its master cannot have given its users to other workers.
 * The thread that talks to the master writes that instant; the thread that runs users compares it with a
 * clock reading before each exchange. Nobody has to be told in time, so a process that stood still finds
 * itself fenced before it sends anything.
 */
export class SendFence {
  readonly memory: SharedArrayBuffer;
  readonly #untilUs: Float64Array;
  readonly #clock: Clock;
  #held: (() => void)[] = [];
  #timer: TimerHandle | undefined;

  /**
   * @param memory - The other thread's `memory`; absent: the fence makes memory of its own, and is open for
   *   ever.
   */
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

  /**
   * Calls `goOn` once the fence is open again, in the order of the calls. The callee must look for itself
   * whether its exchange is still wanted.
   */
  hold(goOn: () => void): void {
    this.#held.push(goOn);
    this.#timer ??= this.#clock.setTimer(LOOK_MS, () => this.#look());
  }

  /** Forgets the calls that are held. */
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
