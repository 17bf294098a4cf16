import { KatydidError, ScriptError } from '../../base/errors.ts';
import { counted } from '../../base/format.ts';
import { IterationShares } from '../../load/iteration-shares.ts';
import { buildPlan, type Plan } from '../../load/plan.ts';
import { onlyClasses } from '../../load/shape-plan.ts';
import { ClassSequence, MAX_USERS, type PlanClass } from '../../load/user-classes.ts';
import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { RunLog } from '../record/run-log.ts';
import type { RunTime } from '../record/run-time.ts';
import { Dispatcher } from './dispatcher.ts';
import type { RunShape, ShapeAnswer } from './master-hooks.ts';
import { OrderPost, type WorkerPost } from './order-post.ts';
import type { DispatchProgress } from './user-book.ts';

/** What a load control works with. */
export interface LoadControlOptions {
  readonly classes: readonly PlanClass[];
  readonly users: number;
  readonly spawnRate: number;
  /** Iterations of all users together, at least 1; `undefined`: no end by count. */
  readonly iterations?: number | undefined;
  /** Whether a worker that joins takes over users of the others; else it only gets new ones. */
  readonly rebalance: boolean;
  /** Decides in place of `users` and `spawnRate`. */
  readonly shape?: RunShape;
  readonly time: RunTime;
  readonly log: RunLog;
  /** Takes the orders to the workers. */
  readonly post: WorkerPost;
}

/** The load of a run: how many users are wanted, how fast they come and go, and who runs them. */
export class LoadControl {
  readonly #options: LoadControlOptions;
  readonly #dispatcher: Dispatcher;
  #users: number;
  #spawnRate: number;
  #hasBegun = false;
  /** The classes that users are started of: all, unless a shape chooses some. */
  #classes: readonly PlanClass[];
  #shapeClasses: string | undefined;

  constructor(options: LoadControlOptions) {
    this.#options = options;
    this.#users = options.users;
    this.#classes = options.classes;
    this.#spawnRate = options.spawnRate;
    this.#dispatcher = new Dispatcher({
      sequence: new ClassSequence(options.classes),
      rebalance: options.rebalance,
      orders: new OrderPost(options.post),
    });
  }

  /** Users asked for, by the command line or by a person since. */
  get users(): number {
    return this.#users;
  }

  /** Users started (or stopped) per second, asked for in the same way. */
  get spawnRate(): number {
    return this.#spawnRate;
  }

  /** How many users a worker has or is to start. */
  usersOf(workerId: string): number {
    return this.#dispatcher.heldBy(workerId);
  }

  /** Whether no user will run any more, as each has ended by itself. */
  get isExhausted(): boolean {
    return this.#dispatcher.isExhausted;
  }

  /** Whether the run has a number of iterations, and all were made. */
  get areIterationsMade(): boolean {
    return this.#dispatcher.areIterationsMade;
  }

  /** How far the last change has come. */
  progress(): DispatchProgress {
    return this.#dispatcher.progress(this.#options.time.nowMs);
  }

  /** Gives the plan's first orders to these workers. */
  begin(workerIds: readonly string[]): void {
    this.#hasBegun = true;
    const plan = this.#plan(workerIds);
    const { log } = this.#options;
    this.#dispatcher.begin(plan, workerIds, this.#sharesOf(plan));
    const [users, rate] = [this.#users, `${this.#spawnRate}/s`];
    log.event('start', { users, spawn: rate, workers: workerIds.length });
    log.line('info', `spawning ${counted(users, 'user')} at ${rate}`);
  }

  /**
   * Takes up a load that another master began; workers say what they have of it by and by.
   *
   * @param hasOtherLoad - Whether the load was changed: then nobody knows when users were due at first.
   */
  resume(hasOtherLoad: boolean): void {
    this.#hasBegun = true;
    const { shape, time } = this.#options;
    const plan = this.#plan(['w1']);
    const isAsPlanned = !hasOtherLoad && shape === undefined;
    const known = isAsPlanned ? plan : { ...plan, starts: [] };
    this.#dispatcher.resume(known, time.nowMs, this.#sharesOf(plan));
  }

  /** A worker says which users it has from before; see `Dispatcher.adopt`. */
  adopt(workerId: string, users: Parameters<Dispatcher['adopt']>[1], takesUsers: boolean): void {
    this.#dispatcher.adopt(workerId, users, takesUsers, this.#options.time.nowMs);
  }

  /** No more workers are to come back; see `Dispatcher.endAdoption`. */
  endAdoption(): void {
    this.#dispatcher.endAdoption(this.#options.time.nowMs);
  }

  #sharesOf({ starts }: Plan): IterationShares | undefined {
    const { iterations } = this.#options;
    if (iterations === undefined || starts.length === 0) return undefined;
    return new IterationShares(iterations, starts.length);
  }

  /**
   * Asks the shape what the run should be like now, and heads for that. Called before `begin` too: the
   * answer is then what the run begins with.
   *
   * @param second - Second of the run that the shape is asked about; later where that one is past.
   * @returns Whether the run goes on.
   * @throws {KatydidError} Where the script's shape fails.
   */
  followShape(second: number, currentUsers: number): boolean {
    const { shape, time } = this.#options;
    if (shape === undefined) return true;
    const answer = shape.next(Math.max(second, time.nowMs / 1000), currentUsers);
    if (answer === undefined) return false;
    const { users, spawnRate } = answer;
    const isNew = users !== this.#users || spawnRate !== this.#spawnRate;
    const from = this.#users;
    this.#users = users;
    this.#spawnRate = spawnRate;
    this.#chooseClasses(shape.name, answer);
    if (this.#hasBegun && isNew) {
      this.#dispatcher.setTarget({ users }, spawnRate, time.nowMs);
      this.#tell(
        'users-changed',
        { from, to: users },
        `users ${from} -> ${users} at ${spawnRate}/s`,
      );
    }
    return true;
  }

  #chooseClasses(shape: string, { userClasses }: ShapeAnswer): void {
    const key = userClasses?.join(' ');
    if (key === this.#shapeClasses) return;
    this.#shapeClasses = key;
    const { classes } = this.#options;
    const stranger = userClasses?.find((name) => classes.every((each) => each.name !== name));
    if (stranger !== undefined) {
      throw new ScriptError(`${shape}.tick(): ${stranger} is no user class that takes part`);
    }
    this.#classes = onlyClasses(classes, userClasses);
    this.#dispatcher.switchTo(new ClassSequence(this.#classes));
  }

  #plan(workers: readonly string[]): Plan {
    const [users, spawnRate, classes] = [this.#users, this.#spawnRate, this.#classes];
    // A shape may begin with nobody.
    if (users === 0) return { users, spawnRate, classes, workers, starts: [] };
    return buildPlan({ users, spawnRate, classes, workers });
  }

  /** A worker takes part of the load from now on. */
  addWorker(workerId: string): void {
    this.#dispatcher.addWorker(workerId, this.#options.time.nowMs);
  }

  /** A worker takes no more users; see `Dispatcher.removeWorker`. */
  removeWorker(workerId: string, isGone: boolean): void {
    this.#dispatcher.removeWorker(workerId, isGone, this.#options.time.nowMs);
  }

  /** Users have ended; those that are wanted still are started again. */
  ended(workerId: string, { users }: Extract<WorkerMessage, { type: 'ended' }>): void {
    const { nowMs } = this.#options.time;
    for (const { user, incarnation, reason, iterations } of users) {
      this.#dispatcher.ended(workerId, user, incarnation, reason, nowMs, iterations);
    }
    this.#dispatcher.settle(nowMs);
  }

  /**
   * Heads for another number of users.
   *
   * @param users - Below 0 counts as 0.
   * @param rate - Users per second on the way there, while no other change is under way; `undefined`:
   *   the run's own.
   * @returns What was done.
   * @throws {KatydidError} `KAT_USAGE` for more users than a run can have.
   */
  changeUsers(users: number, rate: number | undefined): string {
    if (users > MAX_USERS) {
      throw new KatydidError('KAT_USAGE', `a run has at most ${MAX_USERS} users, not ${users}`);
    }
    const from = this.#users;
    const to = Math.max(0, users);
    this.#users = to;
    if (this.#hasBegun) {
      // While a ramp goes on its own rate holds: a key must not start all that is left of it at once.
      const used = this.progress().isSettled
        ? (rate ?? this.#spawnRate)
        : this.#dispatcher.spawnRate;
      this.#dispatcher.setTarget({ users: to }, used, this.#options.time.nowMs);
    }
    return this.#tell('users-changed', { from, to }, `users ${from} -> ${to}`);
  }

  /** Users come and go at another rate from now on, those of the change under way included. */
  changeRate(to: number): string {
    const from = this.#spawnRate;
    this.#spawnRate = to;
    if (this.#hasBegun)
      this.#dispatcher.setTarget({ users: this.#users }, to, this.#options.time.nowMs);
    return this.#tell('spawn-rate-changed', { to }, `spawn rate ${from} -> ${to}/s`);
  }

  #tell(kind: string, data: Readonly<Record<string, number>>, text: string): string {
    this.#options.log.event(kind, data);
    this.#options.log.line('info', text);
    return text;
  }
}
