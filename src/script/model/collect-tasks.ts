import { ScriptError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { declaredIn } from '../trace/class-place.ts';
import { requireWeight } from '../user/task.ts';
import { type DeclaredMember, declaredClassTags, declaredMembers } from '../user/task-metadata.ts';
import { MarkovTaskSet, SequentialTaskSet, TaskSet } from '../user/task-set.ts';
import { User } from '../user/user.ts';
import { requireGoodMembers } from './class-members.ts';
import { lineage } from './lineage.ts';
import { type TaskClass, taskMethod } from './task-method.ts';
import type { FunctionTask, TaskModel, TaskOrder, TaskPlan, TaskSetTask } from './task-plan.ts';

/** What is known of a task before its value is looked at. */
interface TaskLabel {
  readonly name: string;
  readonly weight: number;
  readonly tags: readonly string[];
  readonly transitions: ReadonlyMap<string, number>;
}

const NO_TRANSITIONS: ReadonlyMap<string, number> = new Map();

/**
 * Collects and checks the tasks of `taskClass`, nested task sets included; tasks of base classes come first.
 *
 * @throws {ScriptError} Naming the class, the task, and what is wrong with it.
 */
export function collectTasks(taskClass: TaskClass, path: readonly TaskClass[] = []): TaskPlan {
  return declaredIn(taskClass, () => new TaskCollector(taskClass, path).collect());
}

class TaskCollector {
  readonly #class: TaskClass;
  /** This class and the classes around it: it must not be nested in any of them again. */
  readonly #path: readonly TaskClass[];
  readonly #order: TaskOrder;
  readonly #outerTags: readonly string[];

  constructor(taskClass: TaskClass, path: readonly TaskClass[], outerTags: readonly string[] = []) {
    this.#class = taskClass;
    this.#path = [...path, taskClass];
    this.#order = orderOf(taskClass);
    this.#outerTags = [...outerTags, ...classTagsOf(taskClass)];
  }

  collect(): TaskPlan {
    const declared = new Map<string, TaskModel>();
    const models: (() => TaskModel | undefined)[] = [];
    for (const ancestor of lineage(this.#class)) {
      for (const model of this.#plainTasks(ancestor)) models.push(() => model);
      for (const member of declaredMembers(ancestor)) {
        if (member.weight === undefined) continue;
        const key = `${member.isStatic ? 'static ' : ''}${String(member.name)}`;
        // A subclass that declares a task again changes it in its place.
        if (!declared.has(key)) models.push(() => declared.get(key));
        declared.set(key, this.#declaredTask(member, ancestor));
      }
    }
    const tasks = models.flatMap((model) => model() ?? []).filter((task) => task.weight > 0);
    if (tasks.length === 0) {
      throw new ScriptError(`${this.#class.name} has no tasks`, {
        hint: 'Put @task before its methods, or list them in `static tasks`.',
      });
    }
    this.#checkTags(tasks);
    this.#checkOrder(tasks);
    return { order: this.#order, tasks };
  }

  *#plainTasks(ancestor: object): Generator<TaskModel> {
    const entries: unknown = Object.getOwnPropertyDescriptor(ancestor, 'tasks')?.value;
    if (entries === undefined) return;
    const place = `${this.#class.name}.tasks`;
    const isMap = entries instanceof Map;
    if (!isMap && !Array.isArray(entries)) {
      throw new ScriptError(`${place}: expected a list or a Map, found ${describe(entries)}`, {
        hint: 'With weights: `static tasks = [[front, 3], search]`.',
      });
    }
    for (const entry of isMap ? entries.entries() : entries) {
      const [reference, weight]: readonly unknown[] = Array.isArray(entry) ? entry : [entry, 1];
      if (Array.isArray(entry) && entry.length !== 2) {
        throw new ScriptError(`${place}: expected [task, weight], found ${entry.length} elements`);
      }
      yield this.#plainTask(place, reference, requireWeight(place, weight));
    }
  }

  #plainTask(place: string, reference: unknown, weight: number): TaskModel {
    if (typeof reference === 'string') {
      const member = this.#memberCalled(place, reference);
      return this.#taskOf(place, member.value, member.isMethod, {
        name: reference,
        weight,
        ...this.#annotationsOf(reference),
      });
    }
    const name = typeof reference === 'function' ? reference.name || 'anonymous' : '';
    const label = { name, weight, tags: [], transitions: NO_TRANSITIONS };
    return this.#taskOf(place, reference, false, label);
  }

  #memberCalled(place: string, name: string): { value: unknown; isMethod: boolean } {
    const method = taskMethod(this.#class, name);
    if (method !== undefined) return { value: method, isMethod: true };
    if (name in this.#class) return { value: Reflect.get(this.#class, name), isMethod: false };
    const meant = nearestName(name, methodNames(this.#class));
    throw new ScriptError(`${place}: ${this.#class.name} has no method '${name}'`, {
      ...(meant === undefined ? {} : { hint: `Did you mean '${meant}'?` }),
    });
  }

  #annotationsOf(name: string): Pick<TaskLabel, 'tags' | 'transitions'> {
    const members = lineage(this.#class)
      .flatMap((ancestor) => declaredMembers(ancestor))
      .filter((member) => member.name === name);
    return {
      tags: members.flatMap((member) => member.tags),
      transitions: members.at(-1)?.transitions ?? NO_TRANSITIONS,
    };
  }

  #declaredTask(member: DeclaredMember, ancestor: object): TaskModel {
    const name = String(member.name);
    const place = `${this.#class.name}.${name}`;
    const label: TaskLabel = {
      name,
      weight: member.weight ?? 1,
      tags: member.tags,
      transitions: member.transitions,
    };
    if (member.isStatic)
      return this.#taskOf(place, Reflect.get(ancestor, member.name), false, label);
    // Looked up anew, so that a subclass's override runs; a private method is in no prototype.
    const method: unknown = taskMethod(this.#class, member.name) ?? member.method;
    return this.#taskOf(place, method, true, label);
  }

  #taskOf(place: string, value: unknown, isMethod: boolean, label: TaskLabel): TaskModel {
    if (typeof value !== 'function') {
      throw new ScriptError(
        `${place}: expected a function, a method's name or a TaskSet class as a task, found ${describe(value)}`,
      );
    }
    const tags = [...new Set([...this.#outerTags, ...label.tags])];
    if (isTaskSetClass(value)) return this.#taskSet(place, value, { ...label, tags });
    if (isUserClass(value)) {
      throw new ScriptError(`${place}: ${value.name} is a user class, which cannot be a task`, {
        hint: 'Make it a TaskSet.',
      });
    }
    return { ...label, tags, kind: 'function', run: runnerOf(value, isMethod) };
  }

  #taskSet(place: string, nested: TaskSetTask['TaskSetClass'], label: TaskLabel): TaskSetTask {
    if (this.#path.includes(nested)) {
      const circle = [...this.#path.slice(this.#path.indexOf(nested)), nested];
      throw new ScriptError(
        `${place}: task sets contain each other: ${circle.map((each) => each.name).join(' > ')}`,
      );
    }
    const plan = declaredIn(nested, () => {
      requireGoodMembers(nested);
      return new TaskCollector(nested, this.#path, label.tags).collect();
    });
    return { ...label, kind: 'set', TaskSetClass: nested, plan };
  }

  /** A tag alone makes no task; the method would never run. */
  #checkTags(tasks: readonly TaskModel[]): void {
    const names = new Set(tasks.map(({ name }) => name));
    const members = lineage(this.#class).flatMap((ancestor) => declaredMembers(ancestor));
    for (const { name, tags } of members) {
      const isTask = members.some((each) => each.name === name && each.weight !== undefined);
      if (tags.length === 0 || isTask || names.has(String(name))) continue;
      throw new ScriptError(`${this.#class.name}.${String(name)} has a @tag and is no task`, {
        hint: 'Put @task beside it: `@tag(…) @task`.',
      });
    }
  }

  #checkOrder(tasks: readonly TaskModel[]): void {
    for (const task of tasks) {
      const place = `${this.#class.name}.${task.name}`;
      if (this.#order === 'sequence' && !(Number.isInteger(task.weight) && task.weight <= 1000)) {
        throw new ScriptError(
          `${place}: in a sequence a weight is how often the task runs: a whole number up to 1000, found ${task.weight}`,
        );
      }
      if (this.#order !== 'markov') continue;
      if (task.transitions.size === 0) {
        throw new ScriptError(
          `${place}: has no @transition, which every task of a MarkovTaskSet needs`,
        );
      }
      for (const next of task.transitions.keys()) {
        if (tasks.some((other) => other.name === next)) continue;
        const meant = nearestName(
          next,
          tasks.map((other) => other.name),
        );
        throw new ScriptError(`${place}: @transition to '${next}', which is no task of the set`, {
          ...(meant === undefined ? {} : { hint: `Did you mean '${meant}'?` }),
        });
      }
    }
  }
}

function orderOf(taskClass: TaskClass): TaskOrder {
  const { prototype } = taskClass;
  if (prototype instanceof SequentialTaskSet) return 'sequence';
  return prototype instanceof MarkovTaskSet ? 'markov' : 'weighted';
}

function classTagsOf(taskClass: TaskClass): readonly string[] {
  const tags: unknown = Reflect.get(taskClass, 'tags') ?? [];
  if (!Array.isArray(tags) || tags.some((name) => typeof name !== 'string' || name === '')) {
    throw new ScriptError(
      `${taskClass.name}.tags: expected a list of names, found ${describe(tags)}`,
    );
  }
  return [...tags, ...lineage(taskClass).flatMap((ancestor) => declaredClassTags(ancestor))];
}

function methodNames(taskClass: TaskClass): readonly string[] {
  return lineage(taskClass)
    .flatMap((ancestor) => Object.getOwnPropertyNames(ancestor.prototype))
    .filter((name) => name !== 'constructor');
}

/** Whether `value` is a class that extends `User`. */
export function isUserClass(value: unknown): value is abstract new (environment: never) => User {
  return typeof value === 'function' && value.prototype instanceof User;
}

function isTaskSetClass(value: unknown): value is TaskSetTask['TaskSetClass'] {
  return typeof value === 'function' && value.prototype instanceof TaskSet;
}

function runnerOf(value: object, isMethod: boolean): FunctionTask['run'] {
  // Checked by the caller to be a function; what it takes is the script's own affair.
  const called = value as (this: object, self?: object) => unknown;
  if (isMethod) return called;
  return function runPlainTask(this: object): unknown {
    return called.call(this, this);
  };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
}
