/** Share of the lease for which a master may be silent that answers probes once a second. */
const PATIENCE_SHARE = 1 / 3;
/** A few answers, whatever the lease is. */
const MIN_PATIENCE_MS = 3000;

/**
 * Silence, in milliseconds, after which a connection may be half open: there is still time to make another
 * one within the lease.
 *
 * @param leaseMs - `undefined`: there is none yet.
 */
export function leasePatienceMs(leaseMs: number | undefined): number {
  if (leaseMs === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(leaseMs, Math.max(leaseMs * PATIENCE_SHARE, MIN_PATIENCE_MS));
}
