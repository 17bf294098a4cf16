import type { RequestOutcome } from '../../measure/request-outcome.ts';

/**
 * The one outcome of the process, filled in anew for every request. It saves an object for each request; one
 * for each user would not be in the cache when it is needed. Sinks read it at once, and no script may run in
 * between.
 */
export const outcome: { -readonly [Key in keyof RequestOutcome]: RequestOutcome[Key] } = {
  ok: true,
  status: 0,
  error: undefined,
  sent: false,
  responseUs: 0,
  serviceUs: 0,
  lagUs: 0,
  ttfbUs: -1,
  bytesReceived: 0,
  contentBytes: 0,
  finishedAtUs: 0,
};
