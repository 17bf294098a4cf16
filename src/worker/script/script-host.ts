import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { Json, RunConfig, StartOrder } from '../../protocol/messages/master-messages.ts';
import type { UserEndReason } from '../../protocol/messages/worker-messages.ts';

/** A virtual user that runs. */
export interface RunningUser {
  /** Iterations that ended so far; simulated users may do without. */
  readonly iterations?: number;
  /** Runs until the user ends; never rejects. Called once. */
  run(): Promise<UserEndReason>;
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

/** What a script that is loaded may do, besides what its users do. */
export interface ScriptLink extends UserReports {
  /** What people call this worker: `w1` … */
  readonly workerId: string;
  /** Sends a message of the script's to the master. */
  send(name: string, data: Json): void;
  /** A line for the run's log. */
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

/** A script that is loaded in this process. What is optional, simulated scripts do without. */
export interface LoadedScript {
  /** Makes a user that does not run yet; `undefined` for a class that is not known here. */
  createUser(order: StartOrder, reports: UserReports): RunningUser | undefined;
  /** The test is about to start; `data` is what the script's `setup` returned. Never rejects. */
  prepare?(data: Json): Promise<void>;
  /** All users of the run have been started, for the first time. */
  spawningComplete?(users: number): void;
  /** A message of the script's, from the master. */
  message?(name: string, data: Json): void;
  /** Once a second, and at the end: what the script reports to the master, if anything. */
  report?(): Json | undefined;
  /** The users are about to be stopped. */
  stopping?(): void;
  /** No user runs any more: what is still measured is given up. */
  usersGone?(): void;
  /**
   * After that: what the script does at a test's end; `undefined` where it does nothing. Never rejects.
   *
   * @param isLast - No other test follows in this process: what it does before the process ends comes
   *   now as well, so that its exceptions are still delivered.
   */
  testStop?(isLast: boolean): Promise<void> | undefined;
}

/** Loads the script that the master sent; real runs import it, simulations make their own users. */
export interface ScriptHost {
  /** @throws {ScriptError} Where it does not load here. */
  load(script: Uint8Array, config: RunConfig, link: ScriptLink): Promise<LoadedScript>;
}
