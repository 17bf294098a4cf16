import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { SendFence } from '../../base/send-fence.ts';
import type { StartOrder, StopOrder } from '../../protocol/messages/master-messages.ts';
import {
  type HeldUser,
  MAX_ENDS,
  type SpentUser,
  type UserEndReason,
} from '../../protocol/messages/worker-messages.ts';
import type { RunningUser } from '../script/script-host.ts';
import { type UserHost, UserScheduler } from './user-scheduler.ts';

/** Ends are reported together: a ramp-down of thousands would otherwise be thousands of messages. */
const REPORT_DELAY_MS = 20;

/** A user that is no longer running. */
export interface EndedUser {
  readonly user: number;
  readonly incarnation: number;
  readonly reason: UserEndReason;
  /** Iterations that it made; absent where their number is not limited. */
  readonly iterations?: number;
}

/** The work that a pool of users belongs to. */
export interface UserPoolOwner {
  /** Makes a user; `undefined` where none can be made now. */
  createUser(order: StartOrder): RunningUser | undefined;
  /** Users have ended. */
  usersEnded(users: readonly EndedUser[]): void;
  /** The last running user has ended and its end was reported. */
  usersGone(): void;
}

/** A user that runs. */
interface RunningEntry {
  readonly order: StartOrder;
  readonly user: RunningUser;
  /** When the master has ordered this user to end; `undefined` where it has not. */
  orderedAwayAtMs: number | undefined;
}

/** The users of a worker under one lease: started and stopped as ordered, on time. */
export class UserPool implements UserHost {
  readonly #clock: Clock;
  readonly #owner: UserPoolOwner;
  readonly #scheduler: UserScheduler;
  readonly #running = new Map<number, RunningEntry>();
  /**
   * The newest incarnation of each user that was started or called off under the lease. The
   * master sends a start again where it takes a stop back, and may do so too late.
   */
  readonly #spent = new Map<number, SpentUser>();
  #ended: EndedUser[] = [];
  #reportTimer: TimerHandle | undefined;
  #accepting = true;
  /** Whether nobody wants to hear of further ends. */
  #isOver = false;
  /** Where somebody waits for the end of the last user. */
  #gone: PromiseWithResolvers<void> | undefined;
  #lastEndUs: number | undefined;
  /** Starts (1) and ends (-1) of users since the last instant that `runningAt` was asked for. */
  #changes: { readonly atUs: number; readonly by: 1 | -1 }[] = [];
  #beginUs = 0;
  /** Since `takePeak`: the most users at once, and how many of them an order has ended. */
  #peak = 0;
  #orderedAway = 0;

  /** @param fence - While it is shut no order is carried out. */
  constructor(clock: Clock, fence: SendFence, owner: UserPoolOwner) {
    this.#clock = clock;
    this.#owner = owner;
    this.#scheduler = new UserScheduler(clock, this, fence);
  }

  /** Users that run now, those on their way out included. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * The most users at once since the last call. Users that an order has ended since are left out: they may
   * run elsewhere by now, and would count twice.
   */
  takePeak(): number {
    const peak = Math.max(this.running, this.#peak - this.#orderedAway);
    this.#peak = this.running;
    this.#orderedAway = 0;
    return peak;
  }

  /**
   * Users that ran at an instant of this worker's clock; a user that starts exactly then did not run yet.
   * Call it with ascending instants: what happened before the last one is forgotten.
   */
  runningAt(instantUs: number): number {
    this.#changes = this.#changes.filter(({ atUs }) => atUs >= instantUs);
    return this.#changes.reduce((count, { by }) => count - by, this.running);
  }

  /** When the last user ended, by this worker's clock; `undefined` before the first end. */
  get lastEndUs(): number | undefined {
    return this.#lastEndUs;
  }

  /** The run starts at `startUs` of this worker's clock. */
  begin(startUs: number): void {
    this.#beginUs = startUs;
    this.#scheduler.begin(startUs);
  }

  /** Takes orders; see `UserScheduler.assign`. After `stop` there is nothing left to order. */
  assign(starts: readonly StartOrder[], stops: readonly StopOrder[]): void {
    if (!this.#accepting) return;
    this.#scheduler.assign(starts, stops);
  }

  /** Gives every user that is or was here under the lease, for a master that does not know. */
  holdings(): { readonly held: readonly HeldUser[]; readonly spent: readonly SpentUser[] } {
    const { starts, stops } = this.#scheduler.orders();
    const stopsAt = new Map(stops.map((stop) => [stop.user, stop]));
    const held: HeldUser[] = [...this.#running.values()].map(({ order, orderedAwayAtMs }) => {
      const stop = stopsAt.get(order.user);
      const isNamed = stop?.incarnation === order.incarnation;
      const stopAtMs = orderedAwayAtMs ?? (isNamed ? stop.atMs : undefined);
      return stopAtMs === undefined ? order : { ...order, stopAtMs };
    });
    held.push(...starts.filter((start) => !this.#isSpent(start)));
    const here = new Set(held.map(({ user }) => user));
    // Users that were called off before they started count as if they had been here.
    for (const stop of stops) if (!here.has(stop.user) && !this.#isSpent(stop)) this.#spend(stop);
    const spent = [...this.#spent.values()].filter(
      ({ user, iterations }) => !here.has(user) || iterations !== undefined,
    );
    return { held, spent };
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

  /** Cuts all users, forgets all orders, reports nothing more. @returns When no user is left. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.stop();
    this.cut();
    if (this.#running.size > 0) {
      this.#gone ??= Promise.withResolvers();
      await this.#gone.promise;
    }
    // The others may run these users by now: the last interval must not count them a second time.
    this.#peak = 0;
    this.#orderedAway = 0;
    this.#changes = [];
    this.dispose();
  }

  /** Drops every timer. */
  dispose(): void {
    this.#scheduler.clear();
    this.#clock.clearTimer(this.#reportTimer);
  }

  // What the scheduler asks for, when an order is due.

  startUser(order: StartOrder): void {
    // The user runs, or its end was reported: this order only says that it may go on.
    if (this.#isSpent(order)) return;
    if (this.#running.has(order.user)) {
      this.#report({ ...named(order), reason: 'stopped' });
      return;
    }
    this.#spend(order);
    const user = this.#owner.createUser(order);
    if (user === undefined) {
      this.#report({ ...named(order), reason: 'start-failed' });
      return;
    }
    const entry: RunningEntry = { order, user, orderedAwayAtMs: undefined };
    this.#running.set(order.user, entry);
    // A timer may fire a hair before the user is due, which must not count as part of the second before.
    const dueUs = this.#beginUs + order.atMs * 1000;
    this.#changes.push({ atUs: Math.max(this.#clock.nowUs(), dueUs), by: 1 });
    this.#peak = Math.max(this.#peak, this.running);
    void user.run(dueUs).then((reason) => {
      this.#running.delete(order.user);
      if (entry.orderedAwayAtMs !== undefined) this.#orderedAway += 1;
      this.#lastEndUs = this.#clock.nowUs();
      this.#changes.push({ atUs: this.#lastEndUs, by: -1 });
      this.#report({ ...named(order), reason, ...madeBy(user, order) });
      if (this.#running.size === 0) this.#becomeEmpty();
    });
  }

  stopUser(order: StopOrder): void {
    const entry = this.#running.get(order.user);
    if (entry?.order.incarnation === order.incarnation) {
      entry.orderedAwayAtMs = order.atMs;
      entry.user.stop();
    } else if (!this.#isSpent(order)) {
      // The user never started here: the master waits for a report all the same.
      this.#spend(order);
      this.#report({ ...named(order), reason: 'stopped' });
    }
  }

  #isSpent({ user, incarnation }: StartOrder | StopOrder): boolean {
    return (this.#spent.get(user)?.incarnation ?? -1) >= incarnation;
  }

  #spend({ user, incarnation }: StartOrder | StopOrder): void {
    const { isRetired = false, ...made } = this.#spent.get(user) ?? {};
    this.#spent.set(user, { ...made, user, incarnation, isRetired });
  }

  #noteEnd({ user, reason, iterations }: EndedUser): void {
    const spent = this.#spent.get(user);
    if (spent === undefined) return;
    const isRetired = reason === 'stop-user' || reason === 'start-failed';
    const made =
      iterations === undefined ? {} : { iterations: (spent.iterations ?? 0) + iterations };
    this.#spent.set(user, { ...spent, ...made, isRetired });
  }

  #report(ended: EndedUser): void {
    this.#noteEnd(ended);
    this.#ended.push(ended);
    if (this.#ended.length >= MAX_ENDS) this.#flush();
    else if (this.#reportTimer === undefined) {
      this.#reportTimer = this.#clock.setTimer(REPORT_DELAY_MS, () => this.#flush());
    }
  }

  #flush(): void {
    this.#clock.clearTimer(this.#reportTimer);
    this.#reportTimer = undefined;
    const ended = this.#ended;
    this.#ended = [];
    if (ended.length > 0 && !this.#isOver) this.#owner.usersEnded(ended);
  }

  #becomeEmpty(): void {
    this.#flush();
    if (this.#isOver) this.#gone?.resolve();
    else this.#owner.usersGone();
  }
}

/** The iterations made, so that another start of the user makes only those that are left. */
function madeBy(user: RunningUser, { iterations }: StartOrder): Pick<EndedUser, 'iterations'> {
  return iterations === undefined ? {} : { iterations: user.iterations ?? 0 };
}

function named(order: StartOrder | StopOrder): { user: number; incarnation: number } {
  return { user: order.user, incarnation: order.incarnation };
}
