import { ScriptError } from '../../base/errors.ts';
import type { HttpSession } from '../../http/http-session.ts';
import { HttpUser } from './http-user.ts';
import { InterruptTaskSet } from './stop-errors.ts';
import type { TaskEntries } from './task-entry.ts';
import type { User } from './user.ts';
import { takeContext } from './user-context.ts';

/** What the loop that runs a task set gives it. */
export interface TaskSetContext {
  readonly user: User;
  readonly parent: User | TaskSet;
  wait(): Promise<void>;
}

/**
 * Tasks that belong together: a place where a user stays, choosing among them by weight, until one of
 * them calls `interrupt()`. Nested in a user or in another task set, where it counts as one task; a
 * new instance is made each time.
 *
 * @typeParam Owner - The class of user that it is used in.
 */
export abstract class TaskSet<Owner extends User = HttpUser> {
  /** Tasks in the plain form, besides those declared with `@task`. */
  static tasks?: TaskEntries;
  /** Tags that hold for all tasks of the set. */
  static tags?: readonly string[];

  readonly #context: TaskSetContext;

  /**
   * Called by katydid; a subclass needs no constructor, but may have one.
   *
   * @param _parent - As in Locust; `this.parent` is the same.
   */
  constructor(_parent?: User | TaskSet) {
    this.#context = takeContext<TaskSetContext>(new.target.name);
  }

  /** The user that runs this. */
  get user(): Owner {
    // The type parameter says in which class of user the set is nested.
    return this.#context.user as Owner;
  }

  /** What this is nested in: the user, or another task set. */
  get parent(): User | TaskSet {
    return this.#context.parent;
  }

  /**
   * The user's HTTP client.
   *
   * @throws {ScriptError} Where the user is no `HttpUser`.
   */
  get client(): HttpSession {
    const { user } = this.#context;
    if (user instanceof HttpUser) return user.client;
    throw new ScriptError(
      `${this.constructor.name}.client: ${user.constructor.name} is no HttpUser`,
    );
  }

  /** A number in [0, 1) from the user's own stream. */
  random(): number {
    return this.#context.user.random();
  }

  /** Seconds to pause after each task of the set; wins over the user's. Without it, the user's holds. */
  waitTime(): number | Promise<number> {
    return this.#context.user.waitTime();
  }

  /** Pauses inside a task, for the set's wait time. */
  wait(): Promise<void> {
    return this.#context.wait();
  }

  /**
   * Leaves the set at once, and the task that calls this with it.
   *
   * @param reschedule - Whether the outer tasks go on at once (true) or after a wait (false).
   * @default reschedule true
   * @throws {InterruptTaskSet} Always: that is how it leaves.
   */
  interrupt(reschedule = true): never {
    throw new InterruptTaskSet(reschedule);
  }

  /** Runs each time the set is entered, before its first task. */
  onStart(): unknown {
    return undefined;
  }

  /** Runs each time the set is left, also at the end of the user. */
  onStop(): unknown {
    return undefined;
  }
}

/**
 * A task set that runs its tasks in order, over and over, until one calls `interrupt()`. The order is
 * that of `static tasks`, then of the methods with `@task`, then of the static fields with `@task`;
 * inherited ones come first. A weight says how often in a row a task runs.
 */
export abstract class SequentialTaskSet<Owner extends User = HttpUser> extends TaskSet<Owner> {}

/**
 * A task set in which each task names its possible successors with `@transition` or `@transitions`.
 * Begins with the task declared first.
 */
export abstract class MarkovTaskSet<Owner extends User = HttpUser> extends TaskSet<Owner> {}
