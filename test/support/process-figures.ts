import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc/<pid>/stat; 100 on every Linux that Node runs on. */
const TICKS_PER_SEC = 100;
const PAGE_BYTES = 4096;

interface Stat {
  readonly pid: number;
  readonly parentPid: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/**
 * CPU that processes and all their living descendants have used, user and system, all threads, in
 * seconds. Precise to 10 ms: measure over a second or more.
 */
export function cpuSecondsOf(pids: readonly number[]): number {
  return sum(treesOf(pids).map((stat) => stat.cpuSeconds));
}

/** CPU seconds of a process's own threads by their name; threads of one name are added up. */
export function threadCpuSecondsOf(pid: number): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${thread}`;
    const stat = statIn(path);
    if (stat === undefined) continue;
    const name = readFileSync(`${path}/comm`, 'utf8').trim();
    seconds.set(name, (seconds.get(name) ?? 0) + stat.cpuSeconds);
  }
  return seconds;
}

/** Memory that processes and their descendants hold, in bytes; shared pages count in each. */
export function rssBytesOf(pids: readonly number[]): number {
  return sum(treesOf(pids).map((stat) => stat.rssBytes));
}

/** Memory of one process that is not on disk, in MB; 0 where it has ended. */
export function residentMbOf(pid: number): number {
  return statusMb(pid, 'VmRSS');
}

/** The most memory that one process ever had, in MB; 0 where it has ended. */
export function peakMbOf(pid: number): number {
  return statusMb(pid, 'VmHWM');
}

function statusMb(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  } catch {
    // It ended meanwhile.
    return 0;
  }
}

/** The processes that `pid` started and that still run, in no order. */
export function descendantsOf(pid: number): number[] {
  return treesOf([pid])
    .map((stat) => stat.pid)
    .filter((each) => each !== pid);
}

function treesOf(roots: readonly number[]): Stat[] {
  const all = allStats();
  const inside = new Set(roots);
  for (let grown = -1; grown !== inside.size; ) {
    grown = inside.size;
    for (const stat of all) if (inside.has(stat.parentPid)) inside.add(stat.pid);
  }
  return all.filter((stat) => inside.has(stat.pid));
}

function allStats(): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statIn(`/proc/${name}`) ?? []);
}

function statIn(folder: string): Stat | undefined {
  try {
    const text = readFileSync(`${folder}/stat`, 'latin1');
    // The command's name stands in parentheses and may hold anything, so count from its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      pid: Number.parseInt(text, 10),
      parentPid: Number(fields[1]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC,
      rssBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    // It ended while the list was read.
    return undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
