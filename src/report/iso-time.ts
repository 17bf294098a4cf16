/** The last instant that a date can be of. */
const MAX_EPOCH_MS = 8.64e15;

/** Wall-clock milliseconds since 1970 as ISO 8601 in UTC, to the millisecond. */
export function isoTime(epochMs: number): string {
  return new Date(Math.min(Math.max(epochMs, 0), MAX_EPOCH_MS)).toISOString();
}
