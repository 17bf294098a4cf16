import { MAX_USERS, type PlanClass } from './user-classes.ts';

/** What a plan is made from. */
export interface PlanRequest {
  /** Peak number of users, a whole number in [1, MAX_USERS]. */
  readonly users: number;
  /**
   * At most so many users of a class, by its index: whole numbers from 0. A class that is missing has no
   * level of its own; where each has one, `users` is their sum.
   */
  readonly levels?: ReadonlyMap<number, number> | undefined;
  /** Users started per second, > 0; fractions allowed. */
  readonly spawnRate: number;
  /** At least one, with different names. */
  readonly classes: readonly PlanClass[];
  /** Ids of the workers, at least one, all different. */
  readonly workers: readonly string[];
}

/** Everything that stands in the way of a plan, one sentence each; empty where nothing does. */
export function planProblems({ users, spawnRate, classes, workers }: PlanRequest): string[] {
  return [
    ...usersProblems(users),
    ...rateProblems(spawnRate, users),
    ...(classes.length === 0 ? ['there is no user class'] : classes.flatMap(classProblems)),
    ...repeated(classes.map(({ name }) => name)).map(
      (name) => `two user classes are called ${name}`,
    ),
    ...(workers.length === 0 ? ['there is no worker'] : []),
    ...repeated(workers).map((worker) => `two workers are called ${worker}`),
  ];
}

function usersProblems(users: number): string[] {
  if (users > MAX_USERS) {
    return [`users must be at most ${grouped(MAX_USERS)}, not ${grouped(users)}`];
  }
  if (Number.isInteger(users) && users >= 1) return [];
  return [`users must be a whole number of at least 1, not ${users}`];
}

function rateProblems(spawnRate: number, users: number): string[] {
  if (!(Number.isFinite(spawnRate) && spawnRate > 0)) {
    return [`the spawn rate must be a number above 0, not ${spawnRate}`];
  }
  // The time of the last user must be a finite number.
  if (Number.isFinite(MAX_USERS / spawnRate)) return [];
  return [`at a spawn rate of ${spawnRate} the last of ${users} users would never start`];
}

function classProblems({ name, weight, fixedCount }: PlanClass): string[] {
  const problems: string[] = [];
  if (!(Number.isFinite(weight) && weight >= 0)) {
    problems.push(`the weight of ${name} must be a number of at least 0, not ${weight}`);
  }
  if (!(Number.isInteger(fixedCount) && fixedCount >= 0 && fixedCount <= MAX_USERS)) {
    problems.push(
      `the fixedCount of ${name} must be a whole number from 0 to ${grouped(MAX_USERS)}, not ${fixedCount}`,
    );
  }
  return problems;
}

/** The names that come more than once, each of them once. */
function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const name of names) (seen.has(name) ? again : seen).add(name);
  return [...again];
}

function grouped(count: number): string {
  return Number.isFinite(count) ? count.toLocaleString('en-US') : `${count}`;
}
