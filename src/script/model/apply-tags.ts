import { UsageError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { ScriptModel, UserClassModel } from './script-model.ts';
import { type TaskModel, type TaskPlan, tagsOf, taskNamesOf } from './task-plan.ts';

/**
 * Leaves only the tasks that `--tags` and `--exclude-tags` choose. Exclusion wins; where tags are
 * asked for, a task without any does not run; a class left with no task is left out.
 *
 * @param include - Tags of which a task must have one; empty for all tasks.
 * @param exclude - Tags of which it must have none.
 * @throws {UsageError} Where a tag is on no task, or no task is left at all.
 */
export function applyTags(
  model: ScriptModel,
  include: readonly string[],
  exclude: readonly string[],
): ScriptModel {
  if (include.length === 0 && exclude.length === 0) return model;
  requireKnownTags(model, [...include, ...exclude]);
  const isChosen = ({ tags }: TaskModel): boolean =>
    !tags.some((tag) => exclude.includes(tag)) &&
    (include.length === 0 || tags.some((tag) => include.includes(tag)));
  const classes = model.classes.flatMap((each) => chosenClass(each, isChosen));
  if (classes.length === 0) {
    throw new UsageError('the tags leave no task to run', {
      hint: 'A task runs where it has one of --tags and none of --exclude-tags.',
    });
  }
  return { ...model, classes };
}

function chosenClass(
  model: UserClassModel,
  isChosen: (task: TaskModel) => boolean,
): readonly UserClassModel[] {
  const plan = chosenPlan(model.plan, isChosen);
  return plan.tasks.length === 0 ? [] : [{ ...model, plan, taskNames: taskNamesOf(plan) }];
}

function chosenPlan(plan: TaskPlan, isChosen: (task: TaskModel) => boolean): TaskPlan {
  const tasks = plan.tasks.flatMap((task): readonly TaskModel[] => {
    if (task.kind === 'function') return isChosen(task) ? [task] : [];
    const inner = chosenPlan(task.plan, isChosen);
    return inner.tasks.length === 0 ? [] : [{ ...task, plan: inner }];
  });
  const names = new Set(tasks.map((task) => task.name));
  const withTransitions = tasks.map((task) =>
    task.transitions.size === 0
      ? task
      : {
          ...task,
          transitions: new Map([...task.transitions].filter(([next]) => names.has(next))),
        },
  );
  return { order: plan.order, tasks: withTransitions };
}

function requireKnownTags(model: ScriptModel, tags: readonly string[]): void {
  const known = new Set(model.classes.flatMap((each) => [...tagsOf(each.plan)]));
  for (const tag of tags) {
    if (known.has(tag)) continue;
    const meant = nearestName(tag, known);
    const found =
      known.size === 0 ? 'no task has any' : `there are ${[...known].sort().join(', ')}`;
    throw new UsageError(`no task has the tag '${tag}'; ${found}`, {
      ...(meant === undefined ? {} : { hint: `Did you mean '${meant}'?` }),
    });
  }
}
