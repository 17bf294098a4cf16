import type { Clock } from '../../base/clock.ts';
import type { PlanClass } from '../../load/user-classes.ts';
import type { RunConfig } from '../../protocol/messages/master-messages.ts';
import type { ResumedRun } from '../fleet/resumed-run.ts';
import type { RunStore } from '../record/journal.ts';
import type { RunObserver } from '../record/run-observer.ts';
import type { RunDescription } from '../record/snapshot-builder.ts';
import type { MasterHooks, RunShape } from '../users/master-hooks.ts';

/** What a run is made of. */
export interface RunMasterOptions {
  readonly clock: Clock;
  readonly store: RunStore;
  readonly config: Omit<RunConfig, 'workerIndex'>;
  readonly script: { readonly bytes: Uint8Array; readonly sha256: string };
  readonly classes: readonly PlanClass[];
  readonly users: number;
  readonly spawnRate: number;
  readonly facts: RunDescription;
  readonly expectedWorkers: number;
  /** How long to wait for the expected workers; `undefined`: until stopped. */
  readonly maxWaitMs: number | undefined;
  /** Counted from the first user's start; `undefined`: until stopped. */
  readonly runTimeMs: number | undefined;
  /** Iterations of all users together, at least 1; `undefined`: no end by count. */
  readonly iterations?: number | undefined;
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  /** How long a run that has lost all its workers waits for one to join, in milliseconds; 0: not at all. */
  readonly workerWaitMs: number;
  /** Whether a worker that joins while the run goes on takes over users of the others. */
  readonly rebalance: boolean;
  readonly resetStats: boolean;
  /** What the load file does on the master; `undefined` in simulations. */
  readonly hooks?: MasterHooks;
  /** Decides how many users there are, in place of `users` and `spawnRate`. */
  readonly shape?: RunShape;
  /** The name of this process among the masters of the run. */
  readonly masterId: string;
  /** What is known of a run that another process began; `undefined`: a new run. */
  readonly resumed?: ResumedRun;
  /** Who is told what happens, in this order. */
  readonly observers: readonly RunObserver[];
}
