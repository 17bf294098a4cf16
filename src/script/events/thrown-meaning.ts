import { fieldOf, isError } from '../../base/thrown.ts';
import {
  InterruptTaskSet,
  RescheduleTask,
  RescheduleTaskImmediately,
  StopTest,
  StopUser,
} from '../user/stop-errors.ts';
import { isCounted } from './counted-errors.ts';

/** What it means for a user that its script threw something. */
export type ThrownMeaning =
  | 'stop-user'
  | 'stop-test'
  | 'leave-set'
  | 'leave-set-at-once'
  | 'next-task'
  | 'next-task-at-once'
  /** Its request was cut at the end of a stop. */
  | 'cut'
  /** A failed request that is in the figures already. */
  | 'counted'
  /** A mistake of the script's, to be reported. */
  | 'exception';

/** Tells control signals, which no report shows, from exceptions, which one must. */
export function thrownMeaningOf(thrown: unknown): ThrownMeaning {
  if (isCounted(thrown)) return 'counted';
  if (!isError(thrown)) return 'exception';
  if (thrown instanceof StopUser) return 'stop-user';
  if (thrown instanceof StopTest) return 'stop-test';
  if (thrown instanceof InterruptTaskSet) {
    return thrown.reschedule ? 'leave-set-at-once' : 'leave-set';
  }
  if (thrown instanceof RescheduleTask) return 'next-task';
  if (thrown instanceof RescheduleTaskImmediately) return 'next-task-at-once';
  const code = fieldOf(thrown, 'code');
  if (code === 'KAT_CUT') return 'cut';
  return code === 'KAT_RESPONSE' ? 'counted' : 'exception';
}
