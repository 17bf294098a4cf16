import type { TaskSet } from '../user/task-set.ts';
import type { User } from '../user/user.ts';

/** How a plan's next task is chosen. */
export type TaskOrder = 'weighted' | 'sequence' | 'markov';

/** The tasks of a user class or a task set, checked and ready to run. Never changed. */
export interface TaskPlan {
  readonly order: TaskOrder;
  /** Tasks of weight 0 are left out; never empty. */
  readonly tasks: readonly TaskModel[];
}

/** One task: a function, or a nested task set. */
export type TaskModel = FunctionTask | TaskSetTask;

interface TaskBasics {
  readonly name: string;
  /** More than 0; a whole number in a sequence. */
  readonly weight: number;
  /** Its own tags, and the tags of everything that it is nested in. */
  readonly tags: readonly string[];
  /** Names of following tasks and their weights; empty outside a `MarkovTaskSet`. */
  readonly transitions: ReadonlyMap<string, number>;
}

/** A task that is a method or a function. */
export interface FunctionTask extends TaskBasics {
  readonly kind: 'function';
  /** Called on the user or the task set that it belongs to. */
  readonly run: (this: object) => unknown;
}

/** A task that is a nested task set. */
export interface TaskSetTask extends TaskBasics {
  readonly kind: 'set';
  readonly TaskSetClass: new (parent: User | TaskSet) => TaskSet;
  readonly plan: TaskPlan;
}

/** Every function task of a plan with the names of the sets that it is nested in, as in `Forum.read`. */
export function taskNamesOf(plan: TaskPlan): readonly string[] {
  return plan.tasks.flatMap((task) =>
    task.kind === 'function'
      ? [task.name]
      : taskNamesOf(task.plan).map((inner) => `${task.name}.${inner}`),
  );
}

/** Every tag that a task of the plan carries. */
export function tagsOf(plan: TaskPlan): ReadonlySet<string> {
  return new Set(
    plan.tasks.flatMap((task) =>
      task.kind === 'function' ? task.tags : [...task.tags, ...tagsOf(task.plan)],
    ),
  );
}
