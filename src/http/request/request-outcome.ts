import type { RequestOutcome } from '../../measure/request-outcome.ts';

/**
 * Hot path: filled in anew for every request of the process, which saves an object for each, or one for each
 * user that is never in the cache when it is needed. Sinks read it at once; no script may run in between.
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
