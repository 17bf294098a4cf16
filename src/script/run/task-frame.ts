import type { Clock } from '../../base/clock.ts';
import { ScriptError } from '../../base/errors.ts';
import { secondsToUs } from '../../base/units.ts';
import type { TaskPlan } from '../model/task-plan.ts';
import { TaskSet, type TaskSetContext } from '../user/task-set.ts';
import { User } from '../user/user.ts';
import { pacingSecondsOf } from '../user/wait-time.ts';
import { pickerFor, type TaskPicker } from './task-picker.ts';

/** Where a user is: among its own tasks, or in a task set. */
export class TaskFrame {
  readonly scope: User | TaskSet;
  readonly picker: TaskPicker;
  /** The frame of the user itself. */
  readonly root: TaskFrame;
  /** When the newest iteration was due; only a wait time that is a schedule moves it. */
  #dueUs: number;

  constructor(
    scope: User | TaskSet,
    plan: TaskPlan,
    root: TaskFrame | undefined,
    enteredAtUs: number,
  ) {
    this.scope = scope;
    this.picker = pickerFor(plan);
    this.root = root ?? this;
    this.#dueUs = enteredAtUs;
  }

  /** The frame whose wait time holds here: a task set's own, or else the user's. */
  get waiting(): TaskFrame {
    return this.scope.waitTime === TaskSet.prototype.waitTime ? this.root : this;
  }

  /** Whether there is a wait time at all. */
  get hasWaitTime(): boolean {
    return this.scope.waitTime !== User.prototype.waitTime;
  }

  /** Whether the wait time is a schedule. */
  get isPaced(): boolean {
    return pacingSecondsOf(this.scope.waitTime) !== undefined;
  }

  /**
   * When a wait that begins now ends, in microseconds of the clock; moves a schedule on.
   *
   * @throws What the wait time throws, and a `ScriptError` where it gives no number of 0 or more; the
   *   promise rejects with it where the wait time is async.
   */
  waitEndUs(clock: Clock): number | Promise<number> {
    const { scope } = this;
    const pacingSeconds = pacingSecondsOf(scope.waitTime);
    if (pacingSeconds !== undefined) {
      this.#dueUs += secondsToUs(pacingSeconds);
      return this.#dueUs;
    }
    const seconds = scope.waitTime();
    return typeof seconds === 'number'
      ? endAfter(seconds, clock)
      : Promise.resolve(seconds).then((awaited) => endAfter(awaited, clock));
  }
}

function endAfter(seconds: unknown, clock: Clock): number {
  if (typeof seconds === 'number' && seconds >= 0) return clock.nowUs() + secondsToUs(seconds);
  const found =
    typeof seconds === 'number'
      ? String(seconds)
      : `no number but ${typeof seconds}; write \`waitTime = between(1, 2)\`, or return a number`;
  throw new ScriptError(`waitTime: expected seconds of 0 or more, found ${found}`);
}

/** What a task set gets while it is under construction and has no frame yet. */
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
