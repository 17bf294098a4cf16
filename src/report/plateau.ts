import { responseOf } from '../store/record/name-figures.ts';
import type { RunRecord } from '../store/record/run-record.ts';

/** The seconds of a run in which all its users ran from beginning to end. */
export interface Plateau {
  readonly users: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
}

/** Fewer seconds tell nothing of a rate. */
const MIN_SECONDS = 3;
/** Users who wait for answers for so much of their time have no think time. */
const BUSY_SHARE = 0.9;

/** The plateau of a run; `undefined` where it had none, or one that is too short to tell a rate. */
export function plateauOf({ seconds, measuredFromSecond }: RunRecord): Plateau | undefined {
  const users = seconds.reduce((most, { usersPeak }) => Math.max(most, usersPeak), 0);
  const whole = seconds.filter(
    (second, index) =>
      second.second >= measuredFromSecond &&
      second.users === users &&
      seconds[index - 1]?.users === users,
  );
  if (users === 0 || whole.length < MIN_SECONDS) return undefined;
  const requests = whole.reduce((sum, second) => sum + second.requests, 0);
  return { users, seconds: whole.length, requestsPerSecond: requests / whole.length };
}

/**
 * The most requests a second that users can ask for who send the next one when they have the answer:
 * users ÷ response time. `undefined` where users spend their time otherwise, as with a wait time.
 */
export function closedLoopCeiling(record: RunRecord, plateau: Plateau): number | undefined {
  const meanUs = responseOf(record.total).meanUs;
  if (meanUs === null || meanUs <= 0) return undefined;
  const ceiling = plateau.users / (meanUs / 1e6);
  // Little's law: the users under way are the rate times the time that each request takes.
  return plateau.requestsPerSecond >= BUSY_SHARE * ceiling ? ceiling : undefined;
}
