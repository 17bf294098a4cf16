import { withoutCredentials } from '../../base/url-credentials.ts';
import type { ScriptModel, UserClassModel } from '../../script/model/script-model.ts';
import {
  type TaskModel,
  type TaskOrder,
  type TaskPlan,
  tagsOf,
} from '../../script/model/task-plan.ts';

/** What a load file has, as other programs read it: schema `katydid.list/1`. */
export interface LoadFileList {
  readonly schema: 'katydid.list/1';
  readonly loadfile: string;
  readonly classes: readonly ListedClass[];
  /** Every tag of any task, sorted. */
  readonly tags: readonly string[];
}

/** One user class. */
export interface ListedClass {
  readonly name: string;
  /** Share of the users, in proportion to the other classes'. */
  readonly weight: number;
  /** Exactly this many users; 0 for a share by weight. */
  readonly fixedCount: number;
  /** Where its relative URLs lead; null where that is not known. */
  readonly host: string | null;
  readonly tasks: readonly ListedTask[];
}

/** One task, or a task set with tasks of its own. */
export interface ListedTask {
  readonly name: string;
  readonly weight: number;
  /** The task's own tags, and the tags of every task set that it is nested in. */
  readonly tags: readonly string[];
  /** Only of a task set: how the next of its tasks is chosen. */
  readonly order?: TaskOrder;
  readonly tasks?: readonly ListedTask[];
}

/**
 * Lists classes and tasks, as names and tags have left them.
 *
 * @param loadfile - Its name.
 * @param host - Of `--host`; it takes the place of the classes' own.
 */
export function loadFileList(
  model: ScriptModel,
  loadfile: string,
  host: string | undefined,
): LoadFileList {
  const tags = new Set(model.classes.flatMap(({ plan }) => [...tagsOf(plan)]));
  return {
    schema: 'katydid.list/1',
    loadfile,
    classes: model.classes.map((each) => listedClass(each, host)),
    tags: [...tags].sort(),
  };
}

/** The list for people: a block for each class, its tasks indented by their nesting. */
export function loadFileText({ loadfile, classes, tags }: LoadFileList): string {
  const count = `${classes.length} user class${classes.length === 1 ? '' : 'es'}`;
  const lines = [`${loadfile}: ${count}, tags: ${tags.join(', ') || 'none'}`];
  for (const each of classes) lines.push('', ...classLines(each));
  return lines.join('\n');
}

function listedClass(model: UserClassModel, host: string | undefined): ListedClass {
  const { name, weight, fixedCount, plan } = model;
  const known = host ?? model.host;
  return {
    name,
    weight,
    fixedCount,
    host: known === undefined ? null : withoutCredentials(known),
    tasks: listedTasks(plan),
  };
}

function listedTasks(plan: TaskPlan): readonly ListedTask[] {
  return plan.tasks.map((task: TaskModel): ListedTask => {
    const { name, weight, tags } = task;
    if (task.kind === 'function') return { name, weight, tags };
    return { name, weight, tags, order: task.plan.order, tasks: listedTasks(task.plan) };
  });
}

function classLines({ name, weight, fixedCount, host, tasks }: ListedClass): readonly string[] {
  const share = fixedCount > 0 ? `exactly ${fixedCount} of them` : `weight ${weight}`;
  const rows = tasks.flatMap((task) => taskRows(task, 1));
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  const weightWidth = Math.max(...rows.map((row) => row.weight.length));
  return [
    `${name}  ${share}, host ${host ?? 'not known: give --host'}`,
    ...rows.map((row) =>
      `${row.name.padEnd(nameWidth)}  ${row.weight.padStart(weightWidth)}  ${row.notes}`.trimEnd(),
    ),
  ];
}

interface TaskRow {
  readonly name: string;
  readonly weight: string;
  readonly notes: string;
}

const ORDER_NOTES: Readonly<Record<TaskOrder, string>> = {
  weighted: 'task set',
  sequence: 'task set, in order',
  markov: 'task set, Markov chain',
};

function taskRows(task: ListedTask, depth: number): readonly TaskRow[] {
  const notes = [
    ...(task.order === undefined ? [] : [ORDER_NOTES[task.order]]),
    ...(task.tags.length === 0 ? [] : [`tags: ${task.tags.join(', ')}`]),
  ];
  const row = {
    name: '  '.repeat(depth) + task.name,
    weight: String(task.weight),
    notes: notes.join('; '),
  };
  return [row, ...(task.tasks ?? []).flatMap((inner) => taskRows(inner, depth + 1))];
}
