import { UsageError } from '../base/errors.ts';
import type { PlacedUser } from './fleet-load.ts';
import { changeAtSeconds } from './pacing.ts';
import { type PlanRequest, planProblems } from './plan-problems.ts';
import { ClassSequence } from './user-classes.ts';
import { WantedUsers } from './wanted-users.ts';
import { assignWorkers } from './worker-assignment.ts';

/** One user's start. */
export interface PlannedStart {
  /** Seconds since the run's start: place among the starts / `spawnRate`. */
  readonly atSeconds: number;
  /** The user's number, 0-based, unique in the run. */
  readonly user: number;
  readonly classIndex: number;
  readonly workerIndex: number;
}

/** Who starts what, when and where. Fewer users than asked for start where all classes have a fixed count. */
export interface Plan extends PlanRequest {
  /** By ascending user, and so by time. */
  readonly starts: readonly PlannedStart[];
}

/** A plan as other programs read it: schema `katydid.plan/1`. */
export interface PlanJson {
  readonly schema: 'katydid.plan/1';
  readonly users: number;
  readonly spawnRate: number;
  readonly workers: readonly string[];
  /** Users of each class, by its name, in the order of declaration; 0 included. */
  readonly classes: Readonly<Record<string, number>>;
  /** `at` in seconds since the run's start. */
  readonly starts: readonly PlanJsonStart[];
}

/** One user's start as other programs read it. */
export interface PlanJsonStart {
  readonly at: number;
  readonly user: number;
  readonly class: string;
  readonly worker: string;
}

/**
 * Works out the whole plan: the same request always gives the same plan.
 *
 * At every prefix of `starts` each class is within one user of its weighted share: fixed counts come
 * first, and weights share what is left. Each worker is within one user of every other, in all and in each
 * class. A plan for more users gives the first ones the same times and classes, but not always the same
 * workers; a run that is under way is changed by `recut`.
 *
 * @throws {UsageError} `KAT_USAGE` with every problem of the request at once.
 */
export function buildPlan(request: PlanRequest): Plan {
  const problems = planProblems(request);
  const [first, ...others] = problems;
  if (first !== undefined) {
    const list = others.length === 0 ? ` ${first}` : problems.map((line) => `\n  ${line}`).join('');
    throw new UsageError(`no plan can be made:${list}`);
  }
  const { users, levels, spawnRate, classes, workers } = request;
  const starting = startingUsers(request);
  const workerOf = assignWorkers(
    starting.map(({ classIndex }) => classIndex),
    workers.length,
  );
  const starts = starting.map(({ user, classIndex }, index) => ({
    atSeconds: changeAtSeconds(0, index, spawnRate),
    user,
    classIndex,
    workerIndex: workerOf[index] ?? 0,
  }));
  return { users, levels, spawnRate, workers, classes, starts };
}

/** The users of a plan with their classes, by number; fewer than asked for where the classes are used up. */
function startingUsers({ users, levels, classes }: PlanRequest): PlacedUser[] {
  const sequence = new ClassSequence(classes);
  const classOf = (user: number): number | undefined => sequence.classOf(user);
  const wanted = new WantedUsers({ users, ofClass: levels }, classOf);
  const starting: PlacedUser[] = [];
  for (let user = 0; user < wanted.end; user += 1) {
    if (!wanted.has(user)) continue;
    const classIndex = classOf(user);
    if (classIndex === undefined) break;
    starting.push({ user, classIndex });
  }
  return starting;
}

/** The plan in the schema `katydid.plan/1`, ready for `JSON.stringify`. */
export function planJson(plan: Plan): PlanJson {
  const { users, spawnRate, workers, classes, starts } = plan;
  const counts = new Array<number>(classes.length).fill(0);
  for (const { classIndex } of starts) counts[classIndex] = (counts[classIndex] ?? 0) + 1;
  return {
    schema: 'katydid.plan/1',
    users,
    spawnRate,
    workers,
    classes: Object.fromEntries(classes.map(({ name }, index) => [name, counts[index] ?? 0])),
    starts: starts.map(({ atSeconds, user, classIndex, workerIndex }) => ({
      at: atSeconds,
      user,
      class: classes[classIndex]?.name ?? '',
      worker: workers[workerIndex] ?? '',
    })),
  };
}
