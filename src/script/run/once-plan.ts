import { thrownMeaningOf } from '../events/thrown-meaning.ts';
import type { UserClassModel } from '../model/script-model.ts';
import type { FunctionTask, TaskModel, TaskPlan } from '../model/task-plan.ts';
import { InterruptTaskSet, RescheduleTaskImmediately, StopUser } from '../user/stop-errors.ts';

/** Hears what happens while a script is tried out. */
export interface OnceListener {
  /** A task begins; the name of a nested one is as in `Forum.read`. */
  taskBegins(name: string): void;
  /** No further task begins: `onStop` is next. */
  tasksEnd(): void;
  /** A task threw something that is no control signal. */
  taskThrew(thrown: unknown, name: string): void;
}

/**
 * The class as `--once` runs it: every task once in the order of its declaration, without a wait after it,
 * task sets once through; then the user stops itself. An exception in a task does not keep the next ones from
 * running. An `interrupt()` in a sequence or a Markov chain does keep them from running, since they build on
 * the task that called it.
 *
 * @param times - How often the whole is run through.
 * @default times 1
 */
export function onceThrough(
  model: UserClassModel,
  listener: OnceListener,
  times = 1,
): UserClassModel {
  const once = tasksOnce(model.plan, '', listener);
  const tasks = Array.from({ length: times }, () => once).flat();
  const end = signal('(end)', () => {
    listener.tasksEnd();
    throw new StopUser();
  });
  return { ...model, plan: { order: 'sequence', tasks: [...tasks, end] } };
}

function tasksOnce(plan: TaskPlan, prefix: string, listener: OnceListener): readonly TaskModel[] {
  const isOrdered = plan.order !== 'weighted';
  return plan.tasks.map((task): TaskModel => {
    if (task.kind === 'function') return taskOnce(task, prefix + task.name, isOrdered, listener);
    const inner = tasksOnce(task.plan, `${prefix}${task.name}.`, listener);
    const leave = signal('(leave)', () => {
      throw new InterruptTaskSet(true);
    });
    return { ...task, weight: 1, plan: { order: 'sequence', tasks: [...inner, leave] } };
  });
}

function taskOnce(
  task: FunctionTask,
  name: string,
  isOrdered: boolean,
  listener: OnceListener,
): FunctionTask {
  return {
    ...task,
    weight: 1,
    async run(this: object): Promise<void> {
      listener.taskBegins(name);
      try {
        await task.run.call(this);
      } catch (thrown) {
        const verdict = thrownMeaningOf(thrown);
        if (verdict === 'stop-user' || verdict === 'stop-test' || verdict === 'cut') {
          listener.tasksEnd();
          throw thrown;
        }
        const leaves = verdict === 'leave-set' || verdict === 'leave-set-at-once';
        if (leaves && isOrdered) throw new InterruptTaskSet(true);
        if (verdict === 'exception') listener.taskThrew(thrown, name);
      }
      // Nobody who tries a script out wants to sit through its wait times.
      throw new RescheduleTaskImmediately();
    },
  };
}

/** A step of the plan that katydid adds to the script's tasks. */
function signal(name: string, run: () => never): FunctionTask {
  return { kind: 'function', name, weight: 1, tags: [], transitions: new Map(), run };
}
