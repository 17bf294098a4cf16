import { type MemberDecorator, requireWeight } from './task.ts';
import { type DecoratedContext, declareMember } from './task-metadata.ts';

/**
 * Names a task that may follow this one in a `MarkovTaskSet`. Makes the method a task; several may
 * stand on one.
 *
 * @param next - Name of the method or static field that follows.
 * @param weight - How likely, in proportion to the other transitions; 0 or more.
 * @default weight 1
 */
export function transition(next: string, weight = 1): MemberDecorator {
  return transitions({ [next]: weight });
}

/**
 * Names the tasks that may follow this one in a `MarkovTaskSet`, with their weights.
 *
 * @param weights - By name of the following task, or a list of names that are equally likely.
 */
export function transitions(
  weights: Readonly<Record<string, number>> | readonly string[],
): MemberDecorator {
  const entries = Array.isArray(weights)
    ? weights.map((next: string): [string, number] => [next, 1])
    : Object.entries(weights);
  for (const [next, weight] of entries) requireWeight(`@transition to ${next}`, weight);
  return ((value: unknown, context: DecoratedContext): void => {
    const member = declareMember('transition', value, context);
    member.weight ??= 1;
    for (const [next, weight] of entries) member.transitions.set(next, weight);
    // The interface describes the calls that the compiler emits; one function takes them all.
  }) as MemberDecorator;
}
