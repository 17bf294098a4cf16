import type { Clock, TimerHandle } from '../../base/clock.ts';
import { assert } from '../../base/errors.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { SendFence } from '../../base/send-fence.ts';
import type { HttpSession, UnawaitedRequest } from '../../http/http-session.ts';
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
import { ClosedIterations } from './closed-iterations.ts';
import type { IterationSource } from './iteration-source.ts';
import { TaskLoop, type TaskLoopServices } from './task-loop.ts';
import { wordOnUnawaited } from './unawaited-requests.ts';
import {
  isCutStage,
  stageAfter,
  type UserEnd,
  type UserOccurrence,
  type UserStage,
  userEndOf,
} from './user-life.ts';
import { UserWaits } from './user-waits.ts';

/**
 * How long the script of a user that was cut may go on with what needs neither time nor network. After
 * that the user is given up, whatever its script does.
 */
const CUT_GRACE_MS = 100;

/** Says which user it is, and what it draws from. */
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
  /** No iteration begins while it is shut; absent for users without a fence. */
  readonly fence?: SendFence;
  /** Base URL for this user; empty where there is none. */
  readonly host: string;
  readonly environment: Environment;
  /** Opens the HTTP session of a user; called once for an `HttpUser`. */
  createSession(options: HttpOptions): HttpSession;
  /**
   * The script threw something that is no control signal.
   *
   * @param where - Class and member, as in `Shopper.front`.
   * @param user - The user whose code threw; absent where it could not be made.
   */
  reportException(thrown: unknown, where: string, user?: User): void;
  /** The script threw `StopTest`. */
  requestTestStop(reason: string): void;
}

/**
 * The life of one user: made, started, its tasks over and over, stopped. Its stages and what leads from
 * one to the other: `stageAfter`.
 *
 * This one object is what the script's user, the loop and `events.request` see of the user, since a worker
 * holds tens of thousands of them.
 */
export class UserRun implements UserContext, TaskLoopServices, RunningUserContext {
  readonly index: number;
  readonly stream: SeededRandom;
  readonly waits: UserWaits;
  readonly source: IterationSource;
  readonly fence: SendFence | undefined;
  readonly maxIterations: number;
  readonly #model: UserClassModel;
  readonly #services: UserServices;
  readonly #loop: TaskLoop;
  #resolve: ((end: UserEnd) => void) | undefined;
  #session: HttpSession | undefined;
  #dueTime: DueTime | undefined;
  #user: User | undefined;
  #stage: UserStage = 'new';
  #graceTimer: TimerHandle | undefined;
  /** By how much it started late. */
  #lateUs = 0;

  constructor(model: UserClassModel, services: UserServices, seat: UserSeat) {
    this.index = seat.index;
    this.stream = seat.random;
    this.waits = new UserWaits(services.clock);
    this.source = new ClosedIterations(services.clock, this.waits);
    this.fence = services.fence;
    this.maxIterations = seat.maxIterations ?? Number.POSITIVE_INFINITY;
    this.#model = model;
    this.#services = services;
    this.#loop = new TaskLoop(this);
  }

  /** Iterations that ended, also by a cut. */
  get iterations(): number {
    return this.#loop.iterations;
  }

  /**
   * Runs the user to its end. Called once; never rejects for what a script does.
   *
   * @param dueUs - When it was to start, in microseconds of the clock; absent: now.
   */
  run(dueUs?: number): Promise<UserEnd> {
    assert(this.#resolve === undefined, 'a user runs once');
    if (dueUs !== undefined) this.#lateUs = Math.max(0, this.clock.nowUs() - dueUs);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      void this.#live();
    });
  }

  /** Ends the user gracefully: a running iteration goes on, no other begins, `onStop` follows. */
  stop(): void {
    this.#take('stop');
    this.#loop.end();
  }

  /**
   * Ends the user now: its requests and waits are abandoned. `run` resolves within 100 ms, even where
   * the script never comes back.
   */
  cut(): void {
    if (!this.#take('cut')) return;
    this.#loop.end();
    this.#session?.cut();
    this.waits.cut();
    if (this.#stage !== 'cut-before') {
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
    const { dueTime } = this;
    // A due time that is still there is that of an iteration without requests: no later request may take it.
    dueTime.clear();
    if (this.#model.hasFreshSessions && this.#loop.iterations > 0) this.#refreshSession();
    this.source.begin(dueTime);
  }

  endIteration(scope: object, task: string): Promise<void> | undefined {
    const session = this.#session;
    if (session === undefined) return undefined;
    session.iterationEnded();
    const { unawaited } = session;
    if (unawaited !== undefined) this.#noteUnawaited(session, unawaited, scope, task);
    return session.untilRoom();
  }

  reportException(thrown: unknown, where: string): void {
    // What a script throws on its way out of a cut is a consequence of the cut.
    if (!isCutStage(this.#stage)) this.#services.reportException(thrown, where, this.#user);
  }

  requestTestStop(reason: string): void {
    this.#services.requestTestStop(reason);
  }

  /** The place in the script is known from the next iteration on: noting it costs too much for every request. */
  #noteUnawaited(
    session: HttpSession,
    request: UnawaitedRequest,
    scope: object,
    task: string,
  ): void {
    if (isCutStage(this.#stage)) return;
    const isLast = this.#loop.isEnding || this.#loop.iterations + 1 >= this.maxIterations;
    session.noteCallers();
    const where = `${scope.constructor.name}.${task}`;
    const word = wordOnUnawaited(this.#model, where, request, isLast);
    if (word !== undefined) this.reportException(word, where);
  }

  async #live(): Promise<void> {
    try {
      await this.#liveThrough();
    } catch (thrown) {
      this.reportException(thrown, this.#model.name);
      this.#take('failed');
    }
  }

  /** Each step ends the life early where something else has happened meanwhile. */
  async #liveThrough(): Promise<void> {
    this.#take('run');
    if (this.#stage !== 'starting') return;
    const user = this.#construct();
    if (user === undefined) {
      this.#take('failed');
      return;
    }
    const { name, plan } = this.#model;
    const started = await this.#loop.attempt(`${name}.onStart`, () => user.onStart());
    this.#take(started === 'failed' ? 'failed' : 'started');
    if (!this.#is('running')) return;
    this.source.freed(this.#lateUs);
    await this.#runTasks(user, plan);
    if (!this.#take(this.#loop.hasStoppedItself ? 'stopped-itself' : 'tasks-over')) return;
    await this.#leave(user);
    this.#take('left');
  }

  /** Tells `events.request` only about users that have due times: each costs 300 bytes there. */
  #runTasks(user: User, plan: TaskPlan): Promise<unknown> {
    const mayBePaced =
      pacingSecondsOf(user.waitTime) !== undefined || plan.tasks.some(({ kind }) => kind === 'set');
    if (!mayBePaced) return this.#loop.run(user, plan);
    return runAsUser(this, () => this.#loop.run(user, plan));
  }

  /** @returns The user; `undefined` where it could not be made, which is reported. */
  #construct(): User | undefined {
    const { UserClass, name } = this.#model;
    try {
      // A constructor of the script's own may take the environment, as Locust's do.
      const user = constructWith(
        this,
        (): User => Reflect.construct(UserClass, [this.environment]),
      );
      requireGoodFields(user);
      settleWaitTime(user);
      this.#user = user;
      return user;
    } catch (thrown) {
      this.reportException(thrown, `${name}.constructor`);
      return undefined;
    }
  }

  /** Runs `onStop`. */
  #leave(user: User): Promise<unknown> {
    return this.#loop.attempt(`${this.#model.name}.onStop`, () => user.onStop());
  }

  #refreshSession(): void {
    this.#session?.close();
    this.#session?.cookies.clear();
  }

  /** The script did not come back from its cut. */
  #giveUp(): void {
    // What `onStop` does without network still happens; nobody waits for the rest of it.
    if (this.#stage === 'cut-running' && this.#user !== undefined) void this.#leave(this.#user);
    this.#take('grace-over');
  }

  /** Whether the stage is this one now: it changes while a script is awaited. */
  #is(stage: UserStage): boolean {
    return this.#stage === stage;
  }

  /**
   * Goes to the stage that follows, and ends the user where that is the last one.
   *
   * @returns Whether the occurrence changed anything.
   */
  #take(occurrence: UserOccurrence): boolean {
    const before = this.#stage;
    this.#stage = stageAfter(before, occurrence);
    if (this.#stage === before) return false;
    const end = userEndOf(this.#stage);
    if (end !== undefined) this.#settle(end);
    return true;
  }

  #settle(end: UserEnd): void {
    this.clock.clearTimer(this.#graceTimer);
    this.#session?.dispose();
    this.#user = undefined;
    this.#resolve?.(end);
  }
}
