import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import type { Journal } from '../record/journal.ts';
import type { RunTime } from '../record/run-time.ts';
import type { LoadControl } from './load-control.ts';

/** What a shape follower works with. */
export interface ShapeFollowerOptions {
  readonly clock: Clock;
  readonly load: LoadControl;
  readonly journal: Journal;
  readonly time: RunTime;
  readonly aggregate: RunAggregate;
}

/** Is told when a shape asks for nothing more. */
export interface ShapeListener {
  /** The shape says that the run is over. */
  shapeEnded(): void;
  /** The script's shape has thrown this. */
  shapeFailed(error: unknown): void;
}

/** Asks a run's shape what it wants, at the start and then at every second of the run. */
export class ShapeFollower {
  readonly #options: ShapeFollowerOptions;
  readonly #listener: ShapeListener;
  #timer: TimerHandle | undefined;
  #peakUsers = 0;

  constructor(options: ShapeFollowerOptions, listener: ShapeListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Asks for the first time. @returns Whether the run begins, or goes on. */
  begin(second = 0): boolean {
    return this.#ask(second);
  }

  /** Goes on asking, from second 1 of the run on. */
  follow(second = 1): void {
    const { clock, time } = this.#options;
    this.#timer = clock.setTimer(second * 1000 - time.nowMs, () => {
      if (this.#ask(second)) this.follow(second + 1);
    });
  }

  /** Asks no more. */
  close(): void {
    this.#options.clock.clearTimer(this.#timer);
  }

  #ask(second: number): boolean {
    const { load, aggregate } = this.#options;
    try {
      if (load.followShape(second, aggregate.users.now)) {
        this.#notePeak();
        return true;
      }
    } catch (error) {
      this.#listener.shapeFailed(error);
      return false;
    }
    this.#listener.shapeEnded();
    return false;
  }

  /** The run file has the largest number of users, which a shape reveals only bit by bit. */
  #notePeak(): void {
    const { users, spawnRate } = this.#options.load;
    if (users <= this.#peakUsers) return;
    this.#peakUsers = users;
    this.#options.journal.info({ users, spawnRate });
  }
}
