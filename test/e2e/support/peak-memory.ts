import type { KatydidProcess } from '../../support/katydid-process.ts';
import { peakMbOf } from '../../support/process-figures.ts';

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
      peakMb = Math.max(peakMb, peakMbOf(pid));
  };
  const timer = setInterval(look, LOOK_MS);
  await katydid.exit;
  clearInterval(timer);
  return peakMb;
}
