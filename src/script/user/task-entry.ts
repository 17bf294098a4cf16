/** A function as a task: called with the user or task set both as `this` and as its argument. */
export type TaskFunction = (self: never) => unknown;

/** The part of `TaskSet` that makes a class usable as a task. */
export interface TaskSetShape {
  interrupt(reschedule?: boolean): never;
}

/** A class that extends `TaskSet`. */
export type TaskSetClass = abstract new (parent: never) => TaskSetShape;

/** What may stand in `static tasks`: a function, the name of a method, or a `TaskSet` class. */
export type TaskReference = string | TaskFunction | TaskSetClass;

/**
 * One entry of `static tasks`: a task, or a task with its weight as in `['front', 3]`. Wider than a
 * pair, since TypeScript infers `(string | number)[]` for one that stands in a class.
 */
export type TaskEntry = TaskReference | readonly (TaskReference | number)[];

/** Value of `static tasks`: a list of tasks, or a map of tasks and their weights. */
export type TaskEntries = readonly TaskEntry[] | ReadonlyMap<TaskReference, number>;
