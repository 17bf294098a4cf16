import { readFileSync } from 'node:fs';
import type { KatydidProcess } from '../../support/katydid-process.ts';

/** The kernel keeps the peak; it only has to be read before the process is gone. */
const LOOK_MS = 100;

/**
 * Watches how much memory a katydid and all that it started have had at most, until it ends.
 *
 * @returns What resolves, at its end, to the peak of the largest of its processes, in MB.
 */
export async function peakMemoryMb(katydid: KatydidProcess): Promise<number> {
  let peakMb = 0;
  const look = (): void => {
    for (const pid of [katydid.pid, ...katydid.descendants()])
      peakMb = Math.max(peakMb, peakOf(pid));
  };
  const timer = setInterval(look, LOOK_MS);
  await katydid.exit;
  clearInterval(timer);
  return peakMb;
}

function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    // It ended meanwhile.
    return 0;
  }
}
