import { messageOf } from '../../base/errors.ts';
import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import { IntervalScanner } from '../../stats/interval/interval-scanner.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ArrivedInterval } from '../fleet/fleet-listener.ts';
import type { Member } from '../fleet/member.ts';
import type { ExceptionNews } from './exception-news.ts';
import type { RunLog } from './run-log.ts';

/** Everything it reads is used before the next interval is read. */
const scanner = new IntervalScanner();

/** What is done with intervals once they are stored for good. */
export interface IntervalIntakeOptions {
  readonly aggregate: RunAggregate;
  readonly fleet: Fleet;
  readonly log: RunLog;
  readonly exceptions: ExceptionNews;
  /** Everything of this worker that was at hand is counted and acknowledged. */
  readonly onCounted: (member: Member) => void;
}

/**
 * Reads an interval now, though it is counted only when stored: nonsense must not reach the file.
 *
 * @returns Its second.
 * @throws {ProtocolError} Where `payload` is no interval.
 */
export function checkInterval(payload: Uint8Array): number {
  return scanner.scan(payload).second;
}

/** Counts what is stored and acknowledges it: in this order, so that nothing counts that may be lost. */
export function takeStored(
  intervals: readonly ArrivedInterval[],
  { aggregate, fleet, log, exceptions, onCounted }: IntervalIntakeOptions,
): void {
  const newest = new Map<Member, Map<number, number>>();
  for (const { member, epoch, sequence, payload } of intervals) {
    try {
      const interval = scanner.scan(payload);
      aggregate.add(member.workerId, interval, epoch);
      for (const each of interval.exceptions) exceptions.add(each, member.workerId);
    } catch (error) {
      log.line('warn', messageOf(error), member.workerId);
    }
    const epochs = newest.get(member) ?? new Map<number, number>();
    epochs.set(epoch, Math.max(sequence, epochs.get(epoch) ?? 0));
    newest.set(member, epochs);
  }
  for (const [member, epochs] of newest) {
    for (const [epoch, sequence] of epochs) fleet.acknowledge(member, epoch, sequence);
    onCounted(member);
  }
}
