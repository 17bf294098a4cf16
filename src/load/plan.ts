import { UsageError } from '../base/errors.ts';
import type { PlacedUser } from './fleet-load.ts';
import { changeAtSeconds } from './pacing.ts';
import { type PlanRequest, planProblems } from './plan-problems.ts';
import { type Column, layOutTable } from './text-table.ts';
import { ClassSequence, type PlanClass } from './user-classes.ts';
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

/** Who starts what, when and where. */
export interface Plan {
  /** As asked for; fewer start where all classes have a fixed count. */
  readonly users: number;
  /** At most so many users of a class, by its index; see `PlanRequest`. */
  readonly levels?: ReadonlyMap<number, number> | undefined;
  /** Users started per second. */
  readonly spawnRate: number;
  readonly workers: readonly string[];
  readonly classes: readonly PlanClass[];
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
 * At every prefix of `starts` each class is within one user of its weighted share (fixed counts come
 * first, the share is that of the rest), each worker within one user of every other, also counted by
 * class alone. A plan for more users keeps times and classes of the first ones, not always their
 * workers: for a run that is on its way there is `recut`.
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

/** Up to so many starts are all shown. */
const ALL_STARTS = 40;
const FIRST_STARTS = 20;
const LAST_STARTS = 5;
/** More workers than this are summed up in one line. */
const SHOWN_WORKERS = 30;

/**
 * The plan for people: what was asked for, users by class and worker, then the starts (all of up to
 * 40, else the first 20 and the last 5). Plain text without a newline at the end.
 *
 * @param columns - Widest line, at least 40.
 * @default columns 80
 */
export function planTable(plan: Plan, columns = 80): string {
  const width = Math.max(40, columns);
  return [...headLines(plan), '', ...countLines(plan, width), '', ...startLines(plan, width)].join(
    '\n',
  );
}

function headLines({ users, spawnRate, workers, starts }: Plan): string[] {
  const last = starts.at(-1);
  const asked = starts.length < users ? `${starts.length} (${users} asked for)` : `${users}`;
  const lines = [
    `Users       ${asked}`,
    `Spawn rate  ${rounded(spawnRate)}/s, one every ${rounded(1 / spawnRate)} s`,
    `Workers     ${workers.length}`,
  ];
  if (last === undefined)
    return [...lines, 'Nobody starts: no class has a weight or a fixed count.'];
  return [...lines, `Full after  ${rounded(last.atSeconds)} s`];
}

/** Classes down, workers across, with the sums of both. */
function countLines(plan: Plan, width: number): string[] {
  const { classes, workers } = plan;
  const matrix = classes.map(() => new Array<number>(workers.length).fill(0));
  for (const { classIndex, workerIndex } of plan.starts) {
    const row = matrix[classIndex];
    if (row !== undefined) row[workerIndex] = (row[workerIndex] ?? 0) + 1;
  }
  const totals = workers.map((_, worker) => sum(matrix.map((row) => row[worker] ?? 0)));
  const rows = [...matrix, totals];
  const sums: Column = { title: 'Users', align: 'right', cells: rows.map((row) => `${sum(row)}`) };
  const names: Column = { title: 'Class', cells: [...classes.map(({ name }) => name), 'Total'] };
  const shown = workers.slice(0, SHOWN_WORKERS).map((title, worker): Column => {
    return { title, align: 'right', cells: rows.map((row) => `${row[worker] ?? 0}`) };
  });
  return [...layOutTable([names, sums], shown, width), ...restLines(totals)];
}

function restLines(totals: readonly number[]): string[] {
  const rest = totals.slice(SHOWN_WORKERS);
  if (rest.length === 0) return [];
  const low = rest.reduce((a, b) => Math.min(a, b));
  const high = rest.reduce((a, b) => Math.max(a, b));
  const each = low === high ? `${low}` : `${low} or ${high}`;
  return [`… and ${rest.length} more workers with ${each} users each`];
}

function startLines({ starts, classes, workers }: Plan, width: number): string[] {
  if (starts.length === 0) return [];
  const isCut = starts.length > ALL_STARTS;
  const shown = isCut ? [...starts.slice(0, FIRST_STARTS), ...starts.slice(-LAST_STARTS)] : starts;
  const lines = layOutTable(
    [
      {
        title: 'At (s)',
        align: 'right',
        cells: shown.map(({ atSeconds }) => atSeconds.toFixed(3)),
      },
      { title: 'User', align: 'right', cells: shown.map(({ user }) => `${user}`) },
      { title: 'Class', cells: shown.map(({ classIndex }) => classes[classIndex]?.name ?? '') },
      { title: 'Worker', cells: shown.map(({ workerIndex }) => workers[workerIndex] ?? '') },
    ],
    [],
    width,
  );
  if (!isCut) return lines;
  const left = starts.length - FIRST_STARTS - LAST_STARTS;
  return [...lines.slice(0, 1 + FIRST_STARTS), `… ${left} more`, ...lines.slice(1 + FIRST_STARTS)];
}

/** At most three decimals, without zeros at the end; small numbers keep three digits. */
function rounded(value: number): string {
  return `${Number(value >= 1 ? value.toFixed(3) : value.toPrecision(3))}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
