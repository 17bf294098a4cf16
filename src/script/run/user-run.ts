import type { Clock, TimerHandle } from '../../base/clock.ts';
import { assert } from '../../base/errors.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { SendFence } from '../../base/send-fence.ts';
import type { HttpSession } from '../../http/http-session.ts';
import { DueTime } from '../../http/user/due-time.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import { type RunningUserContext, runAsUser } from '../events/running-user.ts';
import type { Environment } from '../host/environment.ts';
import { requireGoodFields } from '../model/class-members.ts';
import type { UserClassModel } from '../model/script-model.ts';
import type { TaskPlan } from '../model/task-plan.ts';
import type { User } from '../user/user.ts';
import { constructWith, type UserContext } from '../user/user-context.ts';
import { pacingSecondsOf, settleWaitTime } from '../user/wait-time.ts';
import { TaskLoop, type TaskLoopServices } from './task-loop.ts';
import { UserWaits } from './user-waits.ts';

/**
 * How long the script of a user that is cut may go on with what needs neither time nor network, before
 * the user is given up whatever it does.
 */
const CUT_GRACE_MS = 100;

/** How a user ended; only `stopped` and `cut` were asked for from outside. */
export type UserEnd = 'stopped' | 'stop-user' | 'start-failed' | 'cut';

/** Which user of its class one is. */
export interface UserSeat {
  /** Number of the user, 0-based, unique in the run. */
  readonly index: number;
  /** The user's own stream: its choices and `this.random()`. */
  readonly random: SeededRandom;
  /** Iterations after which the user stops itself, at least 1. @default no such limit */
  readonly maxIterations?: number;
}

/** What users need of the process that runs them: one object for all users of a class. */
export interface UserServices {
  readonly clock: Clock;
  /** While it is shut no iteration begins; absent: never. */
  readonly fence?: SendFence;
  /** Base URL for this user; empty where there is none. */
  readonly host: string;
  readonly environment: Environment;
  /** Opens the HTTP session of a user; called once for an `HttpUser`. */
  createSession(options: HttpOptions): HttpSession;
  /**
   * The script threw, and no control signal.
   *
   * @param where - Class and member, as in `Shopper.front`.
   * @param user - Whose code threw; absent where it could not be made.
   */
  reportException(thrown: unknown, where: string, user?: User): void;
  /** The script threw `StopTest`. */
  requestTestStop(reason: string): void;
}

/**
 * The life of one user: made, started, its tasks over and over, stopped. It is itself what the script's
 * user, the loop and `events.request` see of it, since a worker holds tens of thousands of these.
 *
 * | state | `stop()` | `cut()` | by itself |
 * |---|---|---|---|
 * | not run yet | `stopped` | `cut` | |
 * | `onStart` runs | goes on, then `onStop` | abandoned, `cut` | throws: `start-failed` |
 * | a task runs | goes on, then `onStop` | abandoned, then `onStop` without network, `cut` | `StopUser`, or the last of its iterations: `onStop`, `stop-user` |
 * | waits | ends at once, `onStop` | the same as above | next task |
 * | `onStop` runs | goes on | abandoned, `cut` | ends |
 */
export class UserRun implements UserContext, TaskLoopServices, RunningUserContext {
  readonly index: number;
  readonly stream: SeededRandom;
  readonly waits: UserWaits;
  readonly fence: SendFence | undefined;
  readonly maxIterations: number;
  readonly #model: UserClassModel;
  readonly #services: UserServices;
  readonly #loop: TaskLoop;
  #resolve: ((end: UserEnd) => void) | undefined;
  #session: HttpSession | undefined;
  #dueTime: DueTime | undefined;
  #user: User | undefined;
  #phase: 'new' | 'starting' | 'running' | 'leaving' | 'ended' = 'new';
  #isCut = false;
  #graceTimer: TimerHandle | undefined;

  constructor(model: UserClassModel, services: UserServices, seat: UserSeat) {
    this.index = seat.index;
    this.stream = seat.random;
    this.waits = new UserWaits(services.clock);
    this.fence = services.fence;
    this.maxIterations = seat.maxIterations ?? Number.POSITIVE_INFINITY;
    this.#model = model;
    this.#services = services;
    this.#loop = new TaskLoop(this);
  }

  /** Iterations that ended, those that a cut ended included. */
  get iterations(): number {
    return this.#loop.iterations;
  }

  /** Runs the user to its end. Called once; never rejects for what a script does. */
  run(): Promise<UserEnd> {
    assert(this.#phase === 'new', 'a user runs once');
    return new Promise((resolve) => {
      this.#resolve = resolve;
      void this.#live();
    });
  }

  /** Ends the user gracefully: a running iteration goes on, no other begins, `onStop` follows. */
  stop(): void {
    this.#loop.end();
  }

  /**
   * Ends the user now: its requests and waits are abandoned. `run` resolves within 100 ms, even where
   * the script never comes back.
   */
  cut(): void {
    if (this.#isCut || this.#phase === 'ended') return;
    this.#isCut = true;
    this.#loop.end();
    this.#session?.cut();
    this.waits.cut();
    if (this.#phase !== 'new') {
      this.#graceTimer = this.clock.setTimer(CUT_GRACE_MS, () => this.#giveUp());
    }
  }

  // What the script's user asks for.

  get iteration(): number {
    return this.#loop.iterations;
  }

  get host(): string {
    return this.#services.host;
  }

  get environment(): Environment {
    return this.#services.environment;
  }

  random(): number {
    return this.stream.next();
  }

  wait(): Promise<void> {
    return this.#loop.waitInsideTask();
  }

  openSession(options: HttpOptions): HttpSession {
    assert(this.#session === undefined, 'a user has one session');
    this.#session = this.#services.createSession(options);
    this.#dueTime = this.#session.dueTime;
    return this.#session;
  }

  // What `events.request` asks for.

  get dueTime(): DueTime {
    this.#dueTime ??= new DueTime(this.clock);
    return this.#dueTime;
  }

  // What the loop asks for.

  get clock(): Clock {
    return this.#services.clock;
  }

  beginIteration(): void {
    // Of an iteration that made no request: no other may take it.
    this.dueTime.clear();
    const session = this.#session;
    if (session === undefined || !this.#model.hasFreshSessions) return;
    if (this.#loop.iterations === 0) return;
    session.close();
    session.cookies.clear();
  }

  beginDueIteration(dueUs: number, freeUs: number): void {
    this.dueTime.begin(dueUs, freeUs);
  }

  reportException(thrown: unknown, where: string): void {
    // Whatever a script throws on its way out of a cut is a consequence of the cut.
    if (!this.#isCut) this.#services.reportException(thrown, where, this.#user);
  }

  requestTestStop(reason: string): void {
    this.#services.requestTestStop(reason);
  }

  async #live(): Promise<void> {
    try {
      this.#settle(await this.#liveToTheEnd());
    } catch (thrown) {
      this.reportException(thrown, this.#model.name);
      this.#settle('start-failed');
    }
  }

  async #liveToTheEnd(): Promise<UserEnd> {
    if (this.#loop.isEnding) return this.#end();
    this.#phase = 'starting';
    const { name, plan } = this.#model;
    let user: User;
    try {
      user = this.#construct();
    } catch (thrown) {
      this.reportException(thrown, `${name}.constructor`);
      return 'start-failed';
    }
    const started = await this.#loop.attempt(`${name}.onStart`, () => user.onStart());
    if (this.#isCut) return 'cut';
    if (started === 'failed') return 'start-failed';
    this.#phase = 'running';
    await this.#runTasks(user, plan);
    const end = this.#end();
    await this.#leave(user);
    return this.#isCut ? 'cut' : end;
  }

  /** Only a user that has due times is told of to `events.request`: 300 bytes for each. */
  #runTasks(user: User, plan: TaskPlan): Promise<unknown> {
    const mayBePaced =
      pacingSecondsOf(user.waitTime) !== undefined || plan.tasks.some(({ kind }) => kind === 'set');
    if (!mayBePaced) return this.#loop.run(user, plan);
    return runAsUser(this, () => this.#loop.run(user, plan));
  }

  #construct(): User {
    const { UserClass } = this.#model;
    // A constructor of the script's own may take the environment, as Locust's do.
    const user = constructWith(this, (): User => Reflect.construct(UserClass, [this.environment]));
    requireGoodFields(user);
    settleWaitTime(user);
    this.#user = user;
    return user;
  }

  /** `onStop`, once, whichever way the user ends. */
  #leave(user: User): Promise<unknown> {
    if (this.#phase !== 'running') return Promise.resolve();
    this.#phase = 'leaving';
    return this.#loop.attempt(`${this.#model.name}.onStop`, () => user.onStop());
  }

  /** The script did not come back from its cut. */
  #giveUp(): void {
    // What `onStop` does without network still happens; nobody waits for the rest of it.
    if (this.#user !== undefined) void this.#leave(this.#user);
    this.#settle('cut');
  }

  #settle(end: UserEnd): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.clock.clearTimer(this.#graceTimer);
    this.#session?.dispose();
    this.#user = undefined;
    this.#resolve?.(end);
  }

  #end(): UserEnd {
    if (this.#isCut) return 'cut';
    return this.#loop.hasStoppedItself ? 'stop-user' : 'stopped';
  }
}
