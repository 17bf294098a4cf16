import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { Member } from './member.ts';

/** Waits, at a run's end, until workers with a connection that broke just now have heard of the end. */
export class Farewell {
  readonly #clock: Clock;
  #waiting: { readonly for: readonly Member[]; readonly done: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when these workers have confirmed the last message that was sent to them, or after `timeoutMs`. */
  to(members: readonly Member[], timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: TimerHandle | undefined;
      const done = (): void => {
        this.#clock.clearTimer(timer);
        this.#waiting = undefined;
        resolve();
      };
      timer = this.#clock.setTimer(timeoutMs, done);
      this.#waiting = { for: members, done };
      this.check();
    });
  }

  /** Looks whether all have confirmed; to be called when a worker confirms something, or is lost. */
  check(): void {
    const isWaiting = this.#waiting?.for.some(
      ({ state, channel }) => state !== 'lost' && channel.unseen > 0,
    );
    if (isWaiting === false) this.#waiting?.done();
  }
}
