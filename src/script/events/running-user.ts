import { AsyncLocalStorage } from 'node:async_hooks';
import type { DueTime } from '../../http/user/due-time.ts';

/** What a call of the script may have to know of the user that it belongs to. */
export interface RunningUserContext {
  readonly dueTime: DueTime;
}

// `events.request` does not say whose it is, and any number of `await`s may lie before it. Entered once in
// a user's life, so that an iteration costs nothing more.
const current = new AsyncLocalStorage<RunningUserContext>();

/** Runs a user's whole life, so that `runningUser` finds it from anywhere in it. */
export function runAsUser<Result>(user: RunningUserContext, live: () => Result): Result {
  return current.run(user, live);
}

/** The user whose script is running; `undefined` outside of any. */
export function runningUser(): RunningUserContext | undefined {
  return current.getStore();
}
