import { msToUs, usToMs } from '../../base/units.ts';

/** A closed connection that is not taken up again within this time is a lost worker. */
const CLOSED_LOST_MS = 5000;

/** What is known of when a worker was heard; microseconds of the master's clock. */
export interface HeardWorker {
  /** When something last arrived. */
  readonly lastHeardUs: number;
  /** When its connection closed; `undefined` while one is open, or was left half open. */
  readonly disconnectedUs: number | undefined;
  /** When its process was seen to be gone. */
  readonly goneUs: number | undefined;
}

/** How much silence is too much. */
export interface SilenceLimits {
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
}

/** What a worker's silence means. */
export interface Silence {
  readonly isLate: boolean;
  /** Why the worker is to be given up; `undefined` where it is not. */
  readonly lostBecause: string | undefined;
}

/** What the silence of a worker means at an instant. */
export function silenceOf(heard: HeardWorker, limits: SilenceLimits, nowUs: number): Silence {
  const silentMs = usToMs(nowUs - heard.lastHeardUs);
  const closedMs = heard.disconnectedUs === undefined ? 0 : usToMs(nowUs - heard.disconnectedUs);
  const isLate = silentMs > limits.lateAfterMs;
  if (silentMs > limits.lostAfterMs) {
    return { isLate, lostBecause: `silent for ${Math.round(silentMs / 1000)} s` };
  }
  if (closedMs > CLOSED_LOST_MS) {
    return { isLate, lostBecause: `connection closed ${Math.round(closedMs / 1000)} s ago` };
  }
  return { isLate, lostBecause: undefined };
}

/** The last instant at which a worker that is given up now can have sent: its lease ends by then. */
export function leaseEndUs(
  { goneUs, disconnectedUs, lastHeardUs }: HeardWorker,
  { lostAfterMs }: Pick<SilenceLimits, 'lostAfterMs'>,
): number {
  if (goneUs !== undefined) return goneUs;
  if (disconnectedUs !== undefined) return disconnectedUs + msToUs(CLOSED_LOST_MS);
  return lastHeardUs + msToUs(lostAfterMs);
}
