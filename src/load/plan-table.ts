import type { Plan } from './plan.ts';
import { type Column, layOutTable } from './text-table.ts';

/** Where a plan has at most so many starts, all of them are shown. */
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
