import { readdirSync, readFileSync } from 'node:fs';
import { KatydidError } from '../../base/errors.ts';
import type { ProcessLimits } from '../../worker/script/resource-needs.ts';

/** Fewer open files are not enough for a master or a worker by itself: threads, databases, pipes. */
const LEAST_OPEN_FILES = 64;

/** Reads the limits. Node has raised the limit of open files as far as it may before anything here runs. */
export function machineLimits(): ProcessLimits {
  return {
    openFiles: openFilesOf(textOf('/proc/self/limits')),
    usedFiles: filesInUse(),
    ports: portsOf(textOf('/proc/sys/net/ipv4/ip_local_port_range')),
    memoryBytes: process.availableMemory(),
  };
}

/** @throws {KatydidError} `KAT_RESOURCES` where no run can work: too few open files for katydid itself. */
export function requireResources(): void {
  const { openFiles } = machineLimits();
  if (openFiles === undefined || openFiles >= LEAST_OPEN_FILES) return;
  throw new KatydidError(
    'KAT_RESOURCES',
    `This process may have ${openFiles} files open, a run needs ${LEAST_OPEN_FILES} besides its users' connections`,
    { hint: 'Raise the limit: ulimit -Hn shows it, the system or container sets it.' },
  );
}

/** The line `Max open files  <soft>  <hard>  files`. */
function openFilesOf(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** First and last port. */
function portsOf(range: string): number | undefined {
  const [, first, last] = /^(\d+)\s+(\d+)/.exec(range) ?? [];
  return first === undefined ? undefined : Number(last) - Number(first) + 1;
}

function filesInUse(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // Not Linux, where nothing is made of it.
    return 0;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Not Linux: then that limit is not known.
    return '';
  }
}
