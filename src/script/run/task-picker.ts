import { assert } from '../../base/errors.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { TaskModel, TaskPlan } from '../model/task-plan.ts';

/** Hot path: called once an iteration, and allocates nothing. */
export interface TaskPicker {
  /** The task to run next. */
  next(random: SeededRandom): TaskModel;
}

/** The picker for one passage through `plan`. Weighted pickers keep no state and are shared. */
export function pickerFor(plan: TaskPlan): TaskPicker {
  if (plan.order === 'sequence') return new SequencePicker(plan.tasks);
  if (plan.order === 'markov') return new MarkovPicker(plan.tasks);
  let picker = weightedPickers.get(plan);
  if (picker === undefined) {
    picker = new WeightedPicker(
      plan.tasks,
      plan.tasks.map((task) => task.weight),
    );
    weightedPickers.set(plan, picker);
  }
  return picker;
}

const weightedPickers = new WeakMap<TaskPlan, WeightedPicker>();

class WeightedPicker implements TaskPicker {
  readonly #tasks: readonly TaskModel[];
  readonly #upTo: Float64Array;
  readonly #last: number;

  constructor(tasks: readonly TaskModel[], weights: readonly number[]) {
    assert(tasks.length > 0, 'a plan without tasks is never run');
    this.#tasks = tasks;
    this.#last = tasks.length - 1;
    this.#upTo = new Float64Array(tasks.length);
    let total = 0;
    for (const [index, weight] of weights.entries()) {
      total += weight;
      this.#upTo[index] = total;
    }
  }

  next(random: SeededRandom): TaskModel {
    let index = 0;
    if (this.#last > 0) {
      const point = random.next() * (this.#upTo[this.#last] ?? 0);
      while (index < this.#last && point >= (this.#upTo[index] ?? 0)) index += 1;
    }
    // `index` never passes the last task.
    return this.#tasks[index] as TaskModel;
  }
}

class SequencePicker implements TaskPicker {
  readonly #tasks: readonly TaskModel[];
  #index = 0;
  #runs = 0;

  constructor(tasks: readonly TaskModel[]) {
    this.#tasks = tasks;
  }

  next(): TaskModel {
    // The index is taken modulo the length, which is never 0.
    const task = this.#tasks[this.#index] as TaskModel;
    this.#runs += 1;
    if (this.#runs >= task.weight) {
      this.#runs = 0;
      this.#index = (this.#index + 1) % this.#tasks.length;
    }
    return task;
  }
}

class MarkovPicker implements TaskPicker {
  readonly #followers = new Map<TaskModel, WeightedPicker>();
  readonly #first: TaskModel;
  #current: TaskModel | undefined;

  constructor(tasks: readonly TaskModel[]) {
    const [first] = tasks;
    assert(first !== undefined, 'a plan without tasks is never run');
    this.#first = first;
    for (const task of tasks) {
      const followers = tasks.filter((other) => (task.transitions.get(other.name) ?? 0) > 0);
      // Tags may have taken all followers away: then the chain begins again.
      if (followers.length === 0) continue;
      const weights = followers.map((other) => task.transitions.get(other.name) ?? 0);
      this.#followers.set(task, new WeightedPicker(followers, weights));
    }
  }

  next(random: SeededRandom): TaskModel {
    const followers = this.#current === undefined ? undefined : this.#followers.get(this.#current);
    this.#current = followers?.next(random) ?? this.#first;
    return this.#current;
  }
}
