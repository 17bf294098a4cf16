import { Pace } from './pacing.ts';
import type { Plan, PlannedStart } from './plan.ts';
import { ClassSequence, classSequence, type PlanClass } from './user-classes.ts';
import { assignWorkers } from './worker-assignment.ts';

/** What a shape says at one second. */
export interface ShapeLevel {
  /** Users to head for. */
  readonly users: number;
  /** Users started, or stopped, per second. */
  readonly spawnRate: number;
  /** Names of the classes that users started from now on are of; `undefined` for all. */
  readonly userClasses: readonly string[] | undefined;
}

/** What a shape asks for, and of whom. */
export interface ShapePlanRequest {
  /** The levels of the seconds 0, 1, 2 … */
  readonly levels: readonly ShapeLevel[];
  readonly classes: readonly PlanClass[];
  /** At least one. */
  readonly workers: readonly string[];
}

/**
 * The same classes, where users of only some of them may be started: the others get no share. Each class
 * keeps its index.
 */
export function onlyClasses(
  classes: readonly PlanClass[],
  names: readonly string[] | undefined,
): readonly PlanClass[] {
  if (names === undefined) return classes;
  return classes.map((each) =>
    names.includes(each.name) ? each : { ...each, weight: 0, fixedCount: 0 },
  );
}

/**
 * The starts of a run with a shape that is known ahead. A user that is stopped, and is wanted again later,
 * starts again under the same number.
 *
 * @returns A plan with the shape's largest number of users and its first rate. The starts are in the order
 *   of their times.
 */
export function planShape({ levels, classes, workers }: ShapePlanRequest): Plan {
  const peak = levels.reduce((most, { users }) => Math.max(most, users), 0);
  const workerOf = assignWorkers(classSequence(classes, peak), workers.length);
  const starts: PlannedStart[] = [];
  let running = 0;
  const [starting, stopping] = [new Pace(), new Pace()];
  for (const [second, { users, spawnRate, userClasses }] of levels.entries()) {
    const gap = 1 / spawnRate;
    const sequence = new ClassSequence(onlyClasses(classes, userClasses));
    const target = Math.min(users, sequence.capacity);
    while (running < target && starting.peek(second, gap) < second + 1) {
      starts.push({
        atSeconds: Math.round(starting.next(second, gap) * 1e6) / 1e6,
        user: running,
        classIndex: sequence.classOf(running) ?? 0,
        workerIndex: workerOf[running] ?? 0,
      });
      running += 1;
    }
    while (running > users && stopping.peek(second, gap) < second + 1) {
      stopping.next(second, gap);
      running -= 1;
    }
  }
  return { users: peak, spawnRate: levels[0]?.spawnRate ?? 1, workers, classes, starts };
}
