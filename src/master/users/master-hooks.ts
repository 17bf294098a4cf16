import type { Json } from '../../protocol/messages/master-messages.ts';

/**
 * What the load file does on the master, as the run calls it. The layer that loads the script implements
 * it; the master itself knows no scripts.
 */
export interface MasterHooks {
  /**
   * Runs `setup` and what listens to the test's start, once the workers are there and before any user starts.
   *
   * @returns What the workers are given as `environment.data`.
   * @throws {KatydidError} Where the run cannot go on.
   */
  begin(): Promise<Json>;
  /** Called in place of `begin` where an earlier process has run `setup`: `data` is what that returned. */
  resume(data: Json): void;
  /** A worker has loaded the script. */
  workerReady(workerId: string): void;
  /** All users have been started, for the first time. */
  spawningComplete(users: number): void;
  /** A message from the script on a worker. */
  message(name: string, data: Json, workerId: string): void;
  /** What the script on a worker reports. */
  workerReport(workerId: string, data: Json): void;
  /** The statistics start again. */
  statsReset(): void;
  /** The run is about to stop; users still run. */
  stopping(): void;
  /**
   * Runs `teardown` and what listens to the test's end, once no user runs any more. Never rejects.
   *
   * @param hasBegun - Whether `begin` ended well.
   */
  end(hasBegun: boolean): Promise<void>;
}

/** What a shape says at one second. */
export interface ShapeAnswer {
  readonly users: number;
  readonly spawnRate: number;
  /** Names; `undefined` for all classes. */
  readonly userClasses: readonly string[] | undefined;
}

/** A shape that decides during the run how many users there are. */
export interface RunShape {
  /** As the log shows it. */
  readonly name: string;
  /** Whether the run time that was asked for holds as well. */
  readonly isTimed: boolean;
  /**
   * What the run should be like now; `undefined` ends it. Asked once a second.
   *
   * @throws {KatydidError} Where the script's shape fails.
   */
  next(runTimeSeconds: number, currentUsers: number): ShapeAnswer | undefined;
}
