import type { KatydidError } from '../../base/errors.ts';
import type { StopReason } from '../../store/record/run-record.ts';

/** How a run ended. */
export interface RunOutcome {
  readonly stopReason: StopReason;
  /** Why it could not run, or not to its end. */
  readonly error?: KatydidError;
  /** Whether it was cut short by force. */
  readonly isForced: boolean;
}
