import { usToMs } from '../../base/units.ts';

/** Time for planning, even on a busy machine; round trips come on top. */
const MIN_LEAD_MS = 40;
/** The start waits no longer for a worker that is far away: it carries its first orders out late. */
const MAX_LEAD_MS = 250;
const ROUND_TRIPS = 4;
/** The orders of so many users take a millisecond to plan and send. */
const USERS_PER_MS = 500;

/**
 * How far ahead the shared start instant lies, so that every worker has its orders by then.
 *
 * @param roundTripsUs - Fastest round trip to each worker; `Infinity` where none was measured.
 * @returns Milliseconds, 40 to 250: a local run should start soon.
 */
export function startLeadMs(roundTripsUs: readonly number[], users: number): number {
  const slowestMs = usToMs(Math.max(0, ...roundTripsUs));
  const leadMs = MIN_LEAD_MS + ROUND_TRIPS * slowestMs + users / USERS_PER_MS;
  return Math.round(Math.min(leadMs, MAX_LEAD_MS));
}
