import { HttpUser } from '../user/http-user.ts';
import { TaskSet } from '../user/task-set.ts';
import { User } from '../user/user.ts';
import { lineage } from './lineage.ts';

/** A class of the script's: a user or a task set. Its constructor is not called here. */
export type TaskClass = abstract new (given: never) => User | TaskSet;

/**
 * Methods of tasks that are named like a member of katydid's, such as `index`. They were taken off their
 * prototypes, so that `this.index` is still what katydid offers.
 */
const hidingTasks = new WeakMap<object, Map<string | symbol, unknown>>();

/**
 * The method of a task, as the nearest class from `taskClass` up has it; `undefined` where none has.
 * Where the name is one of katydid's members, the method stays a task and the member stays reachable.
 */
export function taskMethod(taskClass: TaskClass, name: string | symbol): unknown {
  const isHiding = [User, HttpUser, TaskSet].some(
    (ours) => name in ours.prototype && taskClass.prototype instanceof ours,
  );
  if (!isHiding || name in CALLED_BY_KATYDID) return Reflect.get(taskClass.prototype, name);
  const prototypes = lineage(taskClass).map((each): object => each.prototype);
  // All of them are taken off: one that stays on a base class would hide the member as well.
  return prototypes.map((prototype) => takeOff(prototype, name)).findLast(Boolean);
}

/** What katydid calls itself, and so has to find on the object. */
const CALLED_BY_KATYDID = { onStart: true, onStop: true, waitTime: true };

function takeOff(prototype: object, name: string | symbol): unknown {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  if (typeof own?.value !== 'function') return hidingTasks.get(prototype)?.get(name);
  const methods = hidingTasks.get(prototype) ?? new Map<string | symbol, unknown>();
  hidingTasks.set(prototype, methods.set(name, own.value));
  Reflect.deleteProperty(prototype, name);
  return own.value;
}
