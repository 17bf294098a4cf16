import { endedOnWire } from '../../stats/interval/interval.ts';
import type { SentUnderName } from '../../stats/interval/tally.ts';
import { nameKey } from '../record/name-figures.ts';
import type { IntervalKey, LeaseKey } from '../record/run-record.ts';
import type { RunFolding } from './run-folding.ts';

/** The newest interval of one lease of a worker. */
export interface LastInterval extends IntervalKey {
  readonly second: number;
}

/** What is known of a lease beside its intervals. */
export interface LeaseRecord extends LeaseKey {
  /**
   * What the worker last said that it had sent, and the second that was on then; absent where it said
   * nothing.
   */
  readonly tally?: { readonly second: number; readonly sent: readonly SentUnderName[] };
  /** Exchanges that it may have sent beyond that; null where it was not given up, or nothing tells. */
  readonly atMostMore: number | null;
}

/** Exchanges of one name whose end is unknown. */
export interface UnknownRequests extends LeaseKey {
  readonly method: string;
  readonly name: string;
  /** Second of the run in which the worker told of them. */
  readonly second: number;
  readonly count: number;
}

/**
 * Exchanges that went on the wire under a lease, as the worker last said, and that are in none of its
 * intervals. This is a lower bound, since a worker cannot report what it sends right before it dies. It
 * follows from what is stored, so an interval that is delivered later lowers it. The last interval of a lease
 * that ended properly has nothing on the wire.
 */
export function unknownRequests(
  folding: RunFolding,
  lastIntervals: readonly LastInterval[],
  leases: readonly LeaseRecord[],
): UnknownRequests[] {
  const newest = new Map(lastIntervals.map((entry) => [leaseKey(entry), entry]));
  const told = new Map<string, Required<LeaseRecord>>();
  for (const { tally, ...lease } of leases) {
    const key = leaseKey(lease);
    // An interval of the same second was made after the tally, and tells what was on the wire then.
    const isNewer =
      tally !== undefined && tally.second > (newest.get(key)?.second ?? Number.NEGATIVE_INFINITY);
    if (isNewer) told.set(key, { ...lease, tally });
  }
  return [
    ...[...told.values()].flatMap((lease) => sentAndNotEnded(folding, lease)),
    ...onWireAtTheEnd(folding, newest, told),
  ].filter(({ count }) => count > 0);
}

/** A key that no two leases share. */
export function leaseKey({ workerId, epoch }: LeaseKey): string {
  return `${workerId} ${epoch}`;
}

function sentAndNotEnded(folding: RunFolding, lease: Required<LeaseRecord>): UnknownRequests[] {
  const { workerId, epoch, tally } = lease;
  const ended = new Map<string, number>();
  for (const entry of folding.lease(workerId, epoch).names.values()) {
    ended.set(nameKey(entry.method, entry.name), endedOnWire(entry));
  }
  return tally.sent.map(({ method, name, sent }) => ({
    workerId,
    epoch,
    method,
    name,
    second: tally.second,
    count: sent - (ended.get(nameKey(method, name)) ?? 0),
  }));
}

function onWireAtTheEnd(
  folding: RunFolding,
  newest: ReadonlyMap<string, LastInterval>,
  told: ReadonlyMap<string, unknown>,
): UnknownRequests[] {
  const found: UnknownRequests[] = [];
  for (const [key, { workerId, epoch, second, sequence: newestSequence }] of newest) {
    if (told.has(key)) continue;
    for (const { method, name, inFlight, sequence } of folding
      .lease(workerId, epoch)
      .names.values()) {
      if (sequence !== newestSequence) continue;
      found.push({ workerId, epoch, method, name, second, count: inFlight });
    }
  }
  return found;
}
