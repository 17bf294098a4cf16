import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { KatydidError } from '../../base/errors.ts';
import { rowOf } from '../record/row.ts';

/** The process that writes a run file; it may be gone by now. */
interface RunOwner {
  readonly pid: number;
  /** When it started, in ticks since the machine did; null where the system does not tell. */
  readonly startedAt: string | null;
  /** Names the machine's start; null where the system does not tell. */
  readonly bootId: string | null;
}

/** Where in the table `run` the owner is. */
const KEY = 'owner';

/**
 * Takes a run file for this process, within the caller's transaction.
 *
 * @throws {KatydidError} `KAT_RUN_FILE` where another process that still runs has it.
 */
export function takeRun(db: DatabaseSync, path: string): void {
  const row = rowOf(db.prepare('SELECT value FROM run WHERE key = ?'), KEY);
  const owner = row === undefined ? undefined : ownerOf(row.text('value'));
  if (owner !== undefined && owner.pid !== process.pid && isRunning(owner)) {
    throw new KatydidError('KAT_RUN_FILE', `${path} is being written by process ${owner.pid}`, {
      hint: 'Its master still runs: wait for its end, or end it.',
    });
  }
  const mine: RunOwner = {
    pid: process.pid,
    startedAt: startOf(process.pid) ?? null,
    bootId: bootId() ?? null,
  };
  db.prepare('INSERT OR REPLACE INTO run (key, value) VALUES (?, ?)').run(
    KEY,
    JSON.stringify(mine),
  );
}

/** Gives a run file back. */
export function releaseRun(db: DatabaseSync): void {
  db.prepare('DELETE FROM run WHERE key = ?').run(KEY);
}

/** What says which start of the machine this is; `undefined` where the system does not tell. */
export function bootId(): string | undefined {
  return textOf('/proc/sys/kernel/random/boot_id')?.trim();
}

/** Whether that very process runs: numbers of processes are given again. */
function isRunning({ pid, startedAt, bootId: boot }: RunOwner): boolean {
  const booted = bootId();
  if (boot !== null && booted !== undefined && boot !== booted) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // The process is there, but belongs to another user.
    const isThere = error instanceof Error && 'code' in error && error.code === 'EPERM';
    if (!isThere) return false;
  }
  const started = startOf(pid);
  return startedAt === null || started === undefined || started === startedAt;
}

/** When a process started: field 22 of its line, counted from behind its name, which may hold anything. */
function startOf(pid: number): string | undefined {
  const line = textOf(`/proc/${pid}/stat`);
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not every system has such a file, and the process may be gone.
    return undefined;
  }
}

/** The owner that a text names; `undefined` where it names none, and the file may be taken. */
function ownerOf(text: string): RunOwner | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startedAt, bootId: boot }: Partial<Record<keyof RunOwner, unknown>> = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return {
    pid,
    startedAt: typeof startedAt === 'string' ? startedAt : null,
    bootId: typeof boot === 'string' ? boot : null,
  };
}
