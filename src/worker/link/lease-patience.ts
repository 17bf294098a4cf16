/** A master answers probes once a second; it may be silent for this share of the lease. */
const PATIENCE_SHARE = 1 / 3;
/** However short the lease is, a few answers may be missing. */
const MIN_PATIENCE_MS = 3000;

/**
 * Silence, in milliseconds, after which the worker takes its connection for half open. It still has time
 * then to make another one within the lease.
 *
 * @param leaseMs - `undefined` before the first lease.
 */
export function leasePatienceMs(leaseMs: number | undefined): number {
  if (leaseMs === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(leaseMs, Math.max(leaseMs * PATIENCE_SHARE, MIN_PATIENCE_MS));
}
