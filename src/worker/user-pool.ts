import type { Clock, TimerHandle } from '../base/clock.ts';
import type { StartOrder, StopOrder } from '../protocol/master-messages.ts';
import type { UserEndReason } from '../protocol/worker-messages.ts';
import type { RunningUser } from './script-host.ts';
import { UserScheduler } from './user-scheduler.ts';

/** Ends are reported together: a ramp-down of thousands would otherwise be thousands of messages. */
const REPORT_DELAY_MS = 20;
const MAX_REPORTED_AT_ONCE = 1000;

/** A user that is no longer running. */
export interface EndedUser {
  readonly user: number;
  readonly incarnation: number;
  readonly reason: UserEndReason;
}

/** What a pool of users works with. */
export interface UserPoolOptions {
  readonly clock: Clock;
  /** Makes a user; `undefined` where none can be made now. */
  readonly createUser: (order: StartOrder) => RunningUser | undefined;
  readonly reportEnded: (users: readonly EndedUser[]) => void;
  /** The last running user has ended and its end was reported. */
  readonly onEmpty: () => void;
}

/** The users of one worker: started and stopped as ordered, on time. */
export class UserPool {
  readonly #options: UserPoolOptions;
  readonly #scheduler: UserScheduler;
  readonly #running = new Map<number, { order: StartOrder; user: RunningUser }>();
  #ended: EndedUser[] = [];
  #reportTimer: TimerHandle | undefined;
  #accepting = true;
  #whenEmpty: (() => void) | undefined;

  constructor(options: UserPoolOptions) {
    this.#options = options;
    this.#scheduler = new UserScheduler(options.clock, {
      startUser: (order) => this.#startUser(order),
      stopUser: (order) => this.#stopUser(order),
    });
  }

  /** Users that run now, those on their way out included. */
  get running(): number {
    return this.#running.size;
  }

  /** The run starts at `startUs` of this worker's clock. */
  begin(startUs: number): void {
    this.#scheduler.begin(startUs);
  }

  /** Takes orders; see `UserScheduler.assign`. */
  assign(starts: readonly StartOrder[], stops: readonly StopOrder[]): void {
    this.#scheduler.assign(starts, stops);
  }

  /** Stops all users gracefully, and starts no more. */
  stop(): void {
    this.#accepting = false;
    this.#scheduler.clear();
    for (const { user } of this.#running.values()) user.stop();
  }

  /** Cuts all users. */
  cut(): void {
    for (const { user } of this.#running.values()) user.cut();
  }

  /** Cuts all users, forgets all orders, waits until none is left, and takes orders again. */
  async clear(): Promise<void> {
    this.stop();
    this.cut();
    if (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    }
    // Reports of the old lease mean nothing under the new one.
    this.#ended = [];
    this.#accepting = true;
  }

  /** Drops every timer. */
  dispose(): void {
    this.#scheduler.clear();
    this.#options.clock.clearTimer(this.#reportTimer);
  }

  #startUser(order: StartOrder): void {
    const user = this.#accepting ? this.#options.createUser(order) : undefined;
    if (user === undefined) {
      this.#report({ ...named(order), reason: 'stopped' });
      return;
    }
    this.#running.set(order.user, { order, user });
    void user.run().then((reason) => {
      this.#running.delete(order.user);
      this.#report({ ...named(order), reason });
      if (this.#running.size === 0) this.#becomeEmpty();
    });
  }

  #stopUser(order: StopOrder): void {
    const entry = this.#running.get(order.user);
    if (entry !== undefined) entry.user.stop();
    // Never started, or gone already: the master waits for a report all the same.
    else this.#report({ ...named(order), reason: 'stopped' });
  }

  #report(ended: EndedUser): void {
    this.#ended.push(ended);
    if (this.#ended.length >= MAX_REPORTED_AT_ONCE) this.#flush();
    else if (this.#reportTimer === undefined) {
      this.#reportTimer = this.#options.clock.setTimer(REPORT_DELAY_MS, () => this.#flush());
    }
  }

  #flush(): void {
    this.#options.clock.clearTimer(this.#reportTimer);
    this.#reportTimer = undefined;
    const ended = this.#ended;
    this.#ended = [];
    if (ended.length > 0) this.#options.reportEnded(ended);
  }

  #becomeEmpty(): void {
    const waiter = this.#whenEmpty;
    this.#whenEmpty = undefined;
    if (waiter !== undefined) {
      waiter();
      return;
    }
    this.#flush();
    this.#options.onEmpty();
  }
}

function named(order: StartOrder | StopOrder): { user: number; incarnation: number } {
  return { user: order.user, incarnation: order.incarnation };
}
