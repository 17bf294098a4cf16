import { refuseUntilSet } from '../../base/foreign-names.ts';
import type { Environment } from '../host/environment.ts';
import type { TaskEntries } from './task-entry.ts';
import { takeContext, type UserContext } from './user-context.ts';

/**
 * A virtual user. Every exported class that extends it takes part in a run (unless it is
 * `static abstract = true`): its tasks are chosen by weight, one after the other, with a wait between.
 *
 * This one talks to nothing by itself, for systems that do not speak HTTP; see `HttpUser`.
 */
export abstract class User {
  /** Not a class to make users of, only a base for others. Holds for the very class that says so. */
  static abstract?: boolean = true;
  /** Share of the users, in proportion to the other classes' weights; 0 or more. @default 1 */
  static weight: number = 1;
  /** Exactly this many users, whatever the weights; 0 for a share by weight. @default 0 */
  static fixedCount: number = 0;
  /** Base URL of the system under test, unless `--host` gives another. */
  static host?: string;
  /** Tasks in the plain form, besides those declared with `@task`. */
  static tasks?: TaskEntries;
  /** Tags that hold for all tasks of the class. */
  static tags?: readonly string[];

  readonly #context: UserContext;

  /**
   * Called by katydid; a subclass needs no constructor, but may have one.
   *
   * @param _environment - As in Locust; `this.environment` is the same.
   */
  constructor(_environment?: Environment) {
    this.#context = takeContext<UserContext>(new.target.name);
  }

  /** Number of this user, from 0, unique in the run, and kept when it moves to another worker. */
  get index(): number {
    return this.#context.index;
  }

  /** How many tasks this user has run through so far; 0 in the first one. */
  get iteration(): number {
    return this.#context.iteration;
  }

  /** Base URL of the system under test: `--host`, or the host of the class; empty where neither is given. */
  get host(): string {
    return this.#context.host;
  }

  /** The run that this user is part of. */
  get environment(): Environment {
    return this.#context.environment;
  }

  /** A number in [0, 1) from the run's seed: the same user draws the same numbers in every run. */
  random(): number {
    return this.#context.random();
  }

  /**
   * Seconds to pause after each task; may be async. Usually a field, as in `waitTime = between(1, 2)`.
   * Without it there is no pause.
   */
  waitTime(): number | Promise<number> {
    return 0;
  }

  /** Pauses inside a task, for the user's wait time. */
  wait(): Promise<void> {
    return this.#context.wait();
  }

  /** Runs once before the first task. Where it throws, the user ends. */
  onStart(): unknown {
    return undefined;
  }

  /** Runs once at the end of every user whose `onStart` ended well, also when users are taken away. */
  onStop(): unknown {
    return undefined;
  }
}

refuseUntilSet(User.prototype, 'a user that is no HttpUser', { client: '`extends HttpUser`' });
refuseUntilSet(User.prototype, 'a user', {
  interrupt: '`this.interrupt()` in a TaskSet, or `throw new StopUser()` to end the user',
});

/** A class that users are made of. */
export type UserClass = (new (environment: never) => User) & typeof User;
