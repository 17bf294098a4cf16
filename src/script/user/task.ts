import { inspect } from 'node:util';
import { ScriptError } from '../../base/errors.ts';
import { type DecoratedContext, declareClassTags, declareMember } from './task-metadata.ts';

/** Stands on a method, or on a static field that holds a task set. */
export interface MemberDecorator {
  // biome-ignore lint/suspicious/noExplicitAny: a task may declare whatever optional parameters it likes
  <This, Value extends (this: This, ...args: any) => any>(
    value: Value,
    context: ClassMethodDecoratorContext<This, Value>,
  ): void;
  <This, Value>(
    value: undefined,
    context: ClassFieldDecoratorContext<This, Value> & { readonly static: true },
  ): void;
}

/** `@task`, or with a weight `@task(3)`. */
export interface TaskDecorator extends MemberDecorator {
  /** @param weight - How often it is chosen, in proportion to the others; 0 or more. */
  (weight: number): MemberDecorator;
}

/** Stands where `@task` may stand, and on a whole class. */
export interface TagDecorator extends MemberDecorator {
  // biome-ignore lint/suspicious/noExplicitAny: any class may be tagged, whatever its constructor takes
  (value: abstract new (...args: any) => any, context: ClassDecoratorContext): void;
}

/**
 * Makes a method, or a static field that holds a `TaskSet` class, one of the tasks of its class.
 * `@task(3)` is chosen three times as often as `@task`; in a `SequentialTaskSet` it runs three times in a row.
 */
export const task: TaskDecorator = ((
  valueOrWeight: unknown = 1,
  context?: DecoratedContext,
): MemberDecorator | undefined => {
  if (context !== undefined) {
    declareMember('task', valueOrWeight, context).weight = 1;
    return undefined;
  }
  const weight = requireWeight('@task', valueOrWeight);
  return ((value: unknown, given: DecoratedContext): void => {
    declareMember('task', value, given).weight = weight;
  }) as MemberDecorator;
  // The interfaces describe the calls that the compiler emits for decorators; one function takes them all.
}) as TaskDecorator;

/**
 * Tags a task, a task set or a whole class, so that `--tags` and `--exclude-tags` can choose it.
 *
 * @param tags - At least one.
 * @throws {ScriptError} Where one is empty or no text, or there is none.
 */
export function tag(...tags: readonly string[]): TagDecorator {
  if (tags.length === 0 || tags.some((name) => typeof name !== 'string' || name === '')) {
    throw new ScriptError("@tag: expected one or more names, as in @tag('write')");
  }
  return ((value: unknown, context: DecoratedContext): void => {
    if (context?.kind === 'class') declareClassTags(context, tags);
    else declareMember('tag', value, context).tags.push(...tags);
    // As above: one function for all calls that the interface describes.
  }) as TagDecorator;
}

/**
 * Checks the weight of a task.
 *
 * @throws {ScriptError} Where it is no finite number of 0 or more.
 */
export function requireWeight(place: string, weight: unknown): number {
  if (typeof weight === 'number' && Number.isFinite(weight) && weight >= 0) return weight;
  throw new ScriptError(
    `${place}: expected a weight of 0 or more, found ${inspect(weight, { depth: 0 })}`,
  );
}
