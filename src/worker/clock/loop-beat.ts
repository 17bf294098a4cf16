import type { Clock, TimerHandle } from '../../base/clock.ts';
import { type LoopStalls, NO_STALLS } from '../../stats/interval/interval.ts';

/** How often the loop shows that it turns: 50 timers a second cost a ten-thousandth of a core. */
const BEAT_MS = 20;
/** Any busy machine is late by less than this. */
const STALL_LEAST_US = 50_000;

/**
 * Notices when its event loop stands still, as it does where a script computes without awaiting. Answers
 * that come meanwhile are read late and look slower than they were; send lag does not show that, since
 * nothing is sent late.
 */
export class LoopBeat {
  readonly #clock: Clock;
  #inFlight: () => number = () => 0;
  #dueUs = 0;
  #timer: TimerHandle | undefined;
  #stalls: LoopStalls = NO_STALLS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins, or goes on. @param inFlight - Exchanges on the wire: those whose answers a stall holds up. */
  start(inFlight: () => number): void {
    this.#inFlight = inFlight;
    this.stop();
    this.#arm();
  }

  /** Stops; call it before the thread ends. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  /** The stalls since the last call. */
  take(): LoopStalls {
    const stalls = this.#stalls;
    this.#stalls = NO_STALLS;
    return stalls;
  }

  #arm(): void {
    this.#dueUs = this.#clock.nowUs() + BEAT_MS * 1000;
    this.#timer = this.#clock.setTimer(BEAT_MS, () => {
      this.#beat();
      this.#arm();
    });
  }

  #beat(): void {
    const lateUs = Math.round(this.#clock.nowUs() - this.#dueUs);
    if (lateUs < STALL_LEAST_US) return;
    const { totalUs, longestUs, requests } = this.#stalls;
    this.#stalls = {
      totalUs: totalUs + lateUs,
      longestUs: Math.max(longestUs, lateUs),
      requests: requests + this.#inFlight(),
    };
  }
}
