import type { DueTime } from '../../http/user/due-time.ts';
import type { TaskFrame } from './task-frame.ts';

/**
 * Says when the iterations of one user begin, and when each was due. The loop asks it before every
 * iteration and knows nothing else of pace, so another model of load is another implementation.
 *
 * Hot path: `undefined` for «at once» costs no promise.
 */
export interface IterationSource {
  /** Resolves when the first iteration is to begin; `undefined` for at once. */
  untilFirst(): Promise<void> | undefined;
  /**
   * Resolves when the next iteration is to begin; `undefined` for at once. Called when the user is free for
   * that iteration; not called where the script has asked to go on without a wait.
   *
   * @param frame - Where the user is, and whose wait time holds there.
   * @throws What a wait time of the script throws; the promise rejects with it where that is async.
   */
  untilNext(frame: TaskFrame): Promise<void> | undefined;
  /**
   * The user is free for its next iteration: the script's part before it has ended. Without a wait, the
   * lag of the next iteration counts from here.
   *
   * @param lateUs - By how much the user was late already, in microseconds.
   */
  freed(lateUs?: number): void;
  /** An iteration begins: says when it could have begun, and when it was due where a schedule says so. */
  begin(dueTime: DueTime): void;
  /** The user has waited in a place of its own since: the next iteration is due at no instant. */
  dropDue(): void;
  /** No further iteration begins: a pause before one ends at once, and no other follows. */
  end(): void;
}
