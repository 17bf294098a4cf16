import type { Clock } from '../../base/clock.ts';

/** The time of day as lines of the output begin with it: `2026-01-31T12:00:00Z`. */
export function isoSecond(clock: Clock): string {
  return new Date(clock.epochMs()).toISOString().replace(/\.\d+Z$/, 'Z');
}
