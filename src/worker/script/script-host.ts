import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { Json, RunConfig, StartOrder } from '../../protocol/messages/master-messages.ts';
import type { UserEndReason } from '../../protocol/messages/worker-messages.ts';

/** A virtual user that runs. */
export interface RunningUser {
  /** Iterations that ended so far; simulated users may not count them. */
  readonly iterations?: number;
  /** Runs until the user ends; never rejects. Called once. @param dueUs - When it was to start, by the worker's clock. */
  run(dueUs: number): Promise<UserEndReason>;
  /** No new iteration; a running one may finish. */
  stop(): void;
  /** Ends it now: what is on the wire is abandoned. */
  cut(): void;
}

/** What a user reports to, besides its statistics. */
export interface UserReports {
  readonly sink: ExchangeSink;
  /** Something in the script threw: what, and its stack in the user's own files. */
  exception(message: string, traceback: string): void;
  /** The script asks for the end of the whole run. */
  stopTest(reason: string): void;
}

/** What a loaded script may do apart from its users. */
export interface ScriptLink extends UserReports {
  /** What people call this worker: `w1` … */
  readonly workerId: string;
  /** Sends a message of the script's to the master. */
  send(name: string, data: Json): void;
  /** A line for the run's log. */
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

/** A script that is loaded in this process. Simulated scripts have only `createUser`. */
export interface LoadedScript {
  /** Makes a user that does not run yet; `undefined` for a class that is not known here. */
  createUser(order: StartOrder, reports: UserReports): RunningUser | undefined;
  /** The test is about to start; `data` is what the script's `setup` returned. Never rejects. */
  prepare?(data: Json): Promise<void>;
  /** All users of the run have been started, for the first time. */
  spawningComplete?(users: number): void;
  /** A message of the script's, from the master. */
  message?(name: string, data: Json): void;
  /** Called once a second, and at the end. @returns What the script reports to the master, if anything. */
  report?(): Json | undefined;
  /** The users are about to be stopped. */
  stopping?(): void;
  /** No user runs any more: measurements that have not ended never will. */
  usersGone?(): void;
  /**
   * Called once no user runs any more: the script does what it does at a test's end. Never rejects;
   * `undefined` where it does nothing.
   *
   * @param isLast - Whether no other test follows in this process. If so, the script also does what it does
   *   before the process ends, so that exceptions of that are still delivered.
   */
  testStop?(isLast: boolean): Promise<void> | undefined;
}

/** Loads the script that the master sent; real runs import it, simulations make their own users. */
export interface ScriptHost {
  /** @throws {ScriptError} Where it does not load here. */
  load(script: Uint8Array, config: RunConfig, link: ScriptLink): Promise<LoadedScript>;
}
