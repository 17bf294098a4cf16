import type { RunEnd } from '../../store/record/run-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Journal } from '../record/journal.ts';
import type { RunLog } from '../record/run-log.ts';
import type { WorkerNews } from '../record/worker-news.ts';

/** How long workers that have just lost their connection may take to hear that the run is over. */
const FAREWELL_MS = 2000;

/** Who has to hear of a run's end. */
export interface ConcludedRun {
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly log: RunLog;
  readonly news: WorkerNews;
}

/**
 * Records a run's end, then tells the workers: a master that is killed in between leaves a run that has
 * ended, and not one whose workers are gone.
 */
export async function concludeRun(end: RunEnd, run: ConcludedRun): Promise<void> {
  const { fleet, journal, log, news } = run;
  fleet.closeFor('the run is over');
  const present = fleet.members().filter((member) => member.isAlive);
  for (const member of present) news.finished(member);
  log.event('finished', { reason: end.stopReason });
  await journal.finish(end);
  for (const member of present) fleet.finish(member);
  await fleet.farewell(present, FAREWELL_MS);
}
