import type { TaskPlan } from '../model/task-plan.ts';
import { TaskSet, type TaskSetContext } from '../user/task-set.ts';
import { User } from '../user/user.ts';
import { pickerFor, type TaskPicker } from './task-picker.ts';

/** Where a user is: among its own tasks, or in a task set. */
export class TaskFrame {
  readonly scope: User | TaskSet;
  readonly picker: TaskPicker;
  /** The frame of the user itself. */
  readonly root: TaskFrame;
  /** When the running iteration was due; only a paced wait time moves it. */
  dueUs: number;

  constructor(
    scope: User | TaskSet,
    plan: TaskPlan,
    root: TaskFrame | undefined,
    enteredAtUs: number,
  ) {
    this.scope = scope;
    this.picker = pickerFor(plan);
    this.root = root ?? this;
    this.dueUs = enteredAtUs;
  }

  /** The frame whose wait time holds here: a task set's own, or else the user's. */
  get waiting(): TaskFrame {
    return this.scope.waitTime === TaskSet.prototype.waitTime ? this.root : this;
  }

  /** Whether there is a wait time at all. */
  get hasWaitTime(): boolean {
    return this.scope.waitTime !== User.prototype.waitTime;
  }
}

/** What a task set under construction gets, before there is a frame for it. */
export class TaskSetSlot implements TaskSetContext {
  readonly user: User;
  readonly parent: User | TaskSet;
  readonly #wait: (frame: TaskFrame | undefined) => Promise<void>;
  /** Set once the task set is made. */
  frame: TaskFrame | undefined = undefined;

  constructor(
    user: User,
    parent: User | TaskSet,
    wait: (frame: TaskFrame | undefined) => Promise<void>,
  ) {
    this.user = user;
    this.parent = parent;
    this.#wait = wait;
  }

  wait(): Promise<void> {
    return this.#wait(this.frame);
  }
}
