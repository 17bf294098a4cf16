import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { Log } from '../process/log.ts';

/** Time between two looks at how many users run, in milliseconds. */
const INTERVAL_MS = 10_000;

/** Writes now and then to the log of a worker how many users it runs, as long as there is news. */
export class UserCountLines {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #source: { readonly runningUsers: number };
  #timer: TimerHandle | undefined;
  #said = 0;

  constructor(source: { readonly runningUsers: number }, log: Log, clock: Clock) {
    this.#source = source;
    this.#log = log;
    this.#clock = clock;
  }

  /** Begins to look. */
  start(): void {
    this.#timer = this.#clock.setTimer(INTERVAL_MS, () => {
      this.#look();
      this.start();
    });
  }

  /** Looks no more. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  #look(): void {
    const { runningUsers: count } = this.#source;
    if (count === this.#said) return;
    this.#said = count;
    this.#log.write('info', count === 1 ? '1 user runs here' : `${count} users run here`);
  }
}
