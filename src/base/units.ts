/** Microseconds to milliseconds. */
export function usToMs(us: number): number {
  return us / 1000;
}

/** Milliseconds to microseconds. */
export function msToUs(ms: number): number {
  return ms * 1000;
}

/** Seconds to microseconds. */
export function secondsToUs(seconds: number): number {
  return seconds * 1_000_000;
}

/** Seconds to milliseconds. */
export function secondsToMs(seconds: number): number {
  return seconds * 1000;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/**
 * Reads a duration as people write it: `90`, `90s`, `1.5m`, `1h30m`, `250ms`.
 *
 * @returns Seconds >= 0, or `undefined` where the text is no duration.
 */
export function parseDurationSeconds(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(trimmed)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(seconds) ? seconds : undefined;
}
