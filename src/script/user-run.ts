import type { Clock, TimerHandle } from '../base/clock.ts';
import { assert } from '../base/errors.ts';
import type { SeededRandom } from '../base/random.ts';
import { DueTime } from '../http/due-time.ts';
import type { HttpOptions } from '../http/http-options.ts';
import type { HttpSession } from '../http/http-session.ts';
import type { Environment } from './environment.ts';
import { requireStaticFields } from './instance-fields.ts';
import { type RunningUserContext, runAsUser } from './running-user.ts';
import type { UserClassModel } from './script-model.ts';
import { TaskLoop } from './task-loop.ts';
import type { User } from './user.ts';
import { constructWith, type UserContext } from './user-context.ts';
import { UserWaits } from './user-waits.ts';

/**
 * How long the script of a user that is cut may go on with what needs neither time nor network, before
 * the user is given up whatever it does.
 */
const CUT_GRACE_MS = 100;

/** How a user ended; only `stopped` and `cut` were asked for from outside. */
export type UserEnd = 'stopped' | 'stop-user' | 'start-failed' | 'cut';

/** What a user needs of the process that runs it. */
export interface UserServices {
  /** Number of the user, 0-based, unique in the run. */
  readonly index: number;
  /** How often a user of this number was started before. */
  readonly incarnation: number;
  /** The user's own stream: its choices and `this.random()`. */
  readonly random: SeededRandom;
  readonly clock: Clock;
  /** Base URL for this user; empty where there is none. */
  readonly host: string;
  readonly environment: Environment;
  /** Iterations after which the user stops itself, at least 1. @default no such limit */
  readonly maxIterations?: number;
  /** Opens the HTTP session of the user; called at most once, for an `HttpUser`. */
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
 * The life of one user: made, started, its tasks over and over, stopped.
 *
 * | state | `stop()` | `cut()` | by itself |
 * |---|---|---|---|
 * | not run yet | `stopped` | `cut` | |
 * | `onStart` runs | goes on, then `onStop` | abandoned, `cut` | throws: `start-failed` |
 * | a task runs | goes on, then `onStop` | abandoned, then `onStop` without network, `cut` | `StopUser`, or the last of its iterations: `onStop`, `stop-user` |
 * | waits | ends at once, `onStop` | the same as above | next task |
 * | `onStop` runs | goes on | abandoned, `cut` | ends |
 */
export class UserRun implements RunningUserContext {
  readonly #model: UserClassModel;
  readonly #services: UserServices;
  readonly #waits: UserWaits;
  readonly #loop: TaskLoop;
  readonly #ended: PromiseWithResolvers<UserEnd> = Promise.withResolvers();
  #session: HttpSession | undefined;
  #dueTime: DueTime | undefined;
  #user: User | undefined;
  #phase: 'new' | 'starting' | 'running' | 'leaving' | 'ended' = 'new';
  #isCut = false;
  #graceTimer: TimerHandle | undefined;

  constructor(model: UserClassModel, services: UserServices) {
    this.#model = model;
    this.#services = services;
    this.#waits = new UserWaits(services.clock);
    this.#loop = new TaskLoop({
      clock: services.clock,
      random: services.random,
      waits: this.#waits,
      maxIterations: services.maxIterations ?? Number.POSITIVE_INFINITY,
      beginIteration: () => this.#beginIteration(),
      beginDueIteration: (dueUs, freeUs) => this.dueTime.begin(dueUs, freeUs),
      reportException: (thrown, where) => this.#report(thrown, where),
      requestTestStop: (reason) => services.requestTestStop(reason),
    });
  }

  /** When the iteration that runs was due; that of the HTTP session, where there is one. */
  get dueTime(): DueTime {
    this.#dueTime ??= this.#session?.dueTime ?? new DueTime(this.#services.clock);
    return this.#dueTime;
  }

  /** Iterations that ended, those that a cut ended included. */
  get iterations(): number {
    return this.#loop.iterations;
  }

  /** Runs the user to its end. Called once; never rejects for what a script does. */
  run(): Promise<UserEnd> {
    assert(this.#phase === 'new', 'a user runs once');
    void runAsUser(this, () => this.#live()).then(
      (end) => this.#settle(end),
      (thrown: unknown) => {
        this.#report(thrown, this.#model.name);
        this.#settle('start-failed');
      },
    );
    return this.#ended.promise;
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
    this.#waits.cut();
    if (this.#phase !== 'new') {
      this.#graceTimer = this.#services.clock.setTimer(CUT_GRACE_MS, () => this.#giveUp());
    }
  }

  async #live(): Promise<UserEnd> {
    if (this.#loop.isEnding) return this.#end();
    this.#phase = 'starting';
    const { name, plan } = this.#model;
    let user: User;
    try {
      user = this.#construct();
    } catch (thrown) {
      this.#report(thrown, `${name}.constructor`);
      return 'start-failed';
    }
    const started = await this.#loop.attempt(`${name}.onStart`, () => user.onStart());
    if (this.#isCut) return 'cut';
    if (started === 'failed') return 'start-failed';
    this.#phase = 'running';
    await this.#loop.run(user, plan);
    const end = this.#end();
    await this.#leave(user);
    return this.#isCut ? 'cut' : end;
  }

  #construct(): User {
    const { UserClass } = this.#model;
    const user = constructWith(this.#context(), () => new UserClass());
    requireStaticFields(user);
    this.#user = user;
    return user;
  }

  #context(): UserContext {
    const { index, host, environment, random } = this.#services;
    const loop = this.#loop;
    return {
      index,
      host,
      environment,
      get iteration(): number {
        return loop.iterations;
      },
      random: () => random.next(),
      wait: () => loop.waitInsideTask(),
      openSession: (options) => this.#openSession(options),
    };
  }

  #openSession(options: HttpOptions): HttpSession {
    assert(this.#session === undefined, 'a user has one session');
    this.#session = this.#services.createSession(options);
    this.#dueTime = this.#session.dueTime;
    return this.#session;
  }

  #beginIteration(): void {
    // Of an iteration that made no request: no other may take it.
    this.dueTime.clear();
    const session = this.#session;
    if (session === undefined) return;
    if (!this.#model.hasFreshSessions || this.#loop.iterations === 0) return;
    session.close();
    session.cookies.clear();
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
    this.#services.clock.clearTimer(this.#graceTimer);
    this.#session?.dispose();
    this.#user = undefined;
    this.#ended.resolve(end);
  }

  #end(): UserEnd {
    if (this.#isCut) return 'cut';
    return this.#loop.hasStoppedItself ? 'stop-user' : 'stopped';
  }

  #report(thrown: unknown, where: string): void {
    // Whatever a script throws on its way out of a cut is a consequence of the cut.
    if (!this.#isCut) this.#services.reportException(thrown, where, this.#user);
  }
}
