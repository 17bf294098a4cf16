import { messageOf } from '../../base/errors.ts';
import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import type { StagedIntervals } from '../../stats/aggregate/staged-intervals.ts';
import { IntervalScanner } from '../../stats/interval/interval-scanner.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import type { ExceptionNews } from './exception-news.ts';
import type { JournaledInterval, StoredIntervals } from './journal.ts';
import type { RunLog } from './run-log.ts';

/** Everything it reads is used before the next interval is read. */
const scanner = new IntervalScanner();

/** What is told of intervals that are stored for good. */
export interface IntervalReaders {
  readonly aggregate: RunAggregate;
  readonly fleet: Fleet;
  readonly log: RunLog;
  readonly exceptions: ExceptionNews;
}

/**
 * Counts what is stored and then acknowledges it: in this order, so that nothing is shown that a crash
 * may lose, and no worker drops what is not counted.
 *
 * @returns The workers whose intervals these were.
 */
export function takeStored(stored: StoredIntervals, readers: IntervalReaders): readonly Member[] {
  const { intervals, staged } = stored;
  const newest = new Map<Member, Map<number, number>>();
  intervals.forEach((journaled, place) => {
    const { member, epoch, sequence } = journaled.arrived;
    if (!journaled.isStaged) stageAgain(journaled, staged);
    for (const each of journaled.exceptions) readers.exceptions.add(each, member.workerId);
    // All of a second counts at once, when the last interval of it is staged.
    if (intervals[place + 1]?.second !== journaled.second) count(journaled, staged, readers);
    const epochs = newest.get(member) ?? new Map<number, number>();
    epochs.set(epoch, Math.max(sequence, epochs.get(epoch) ?? 0));
    newest.set(member, epochs);
  });
  for (const [member, epochs] of newest) {
    for (const [epoch, sequence] of epochs) readers.fleet.acknowledge(member, epoch, sequence);
  }
  return [...newest.keys()];
}

function stageAgain({ arrived }: JournaledInterval, staged: StagedIntervals): void {
  const { member, epoch, payload } = arrived;
  staged.add(member.workerId, scanner.scan(payload), epoch);
}

function count(
  { arrived, second }: JournaledInterval,
  staged: StagedIntervals,
  { aggregate, log }: IntervalReaders,
): void {
  try {
    aggregate.count(staged, second);
  } catch (error) {
    log.line('warn', messageOf(error), arrived.member.workerId);
  }
}
