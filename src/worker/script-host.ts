import type { ExchangeSink } from '../http/exchange-sink.ts';
import type { RunConfig, StartOrder } from '../protocol/master-messages.ts';
import type { UserEndReason } from '../protocol/worker-messages.ts';

/** A virtual user that runs. */
export interface RunningUser {
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

/** A script that is loaded in this process. */
export interface LoadedScript {
  /** Makes a user that does not run yet; `undefined` for a class that is not known here. */
  createUser(order: StartOrder, reports: UserReports): RunningUser | undefined;
}

/** Loads the script that the master sent; real runs import it, simulations make their own users. */
export interface ScriptHost {
  /** @throws {ScriptError} Where it does not load here. */
  load(script: Uint8Array, config: RunConfig): Promise<LoadedScript>;
}
