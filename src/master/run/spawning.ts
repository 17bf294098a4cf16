import type { Fleet } from '../fleet/fleet.ts';
import type { RunLog } from '../record/run-log.ts';
import type { LoadControl } from '../users/load-control.ts';
import type { ScriptHooks } from '../users/script-hooks.ts';

/** What is looked at, and who is told. */
export interface SpawningOptions {
  readonly fleet: Fleet;
  readonly load: LoadControl;
  readonly log: RunLog;
  readonly hooks: ScriptHooks | undefined;
  /** Users that run, as the workers last said. */
  readonly currentUsers: () => number;
  /** All users had been started before this process. */
  readonly isComplete: boolean;
}

/** Notices when all users have been started for the first time, and tells everybody. */
export class Spawning {
  readonly #options: SpawningOptions;
  #isComplete: boolean;

  constructor(options: SpawningOptions) {
    this.#options = options;
    this.#isComplete = options.isComplete;
  }

  /** To be called while the run goes on. @returns Whether it was complete just now. */
  check(): boolean {
    const { fleet, load, log, hooks, currentUsers } = this.#options;
    if (this.#isComplete) return false;
    const { isSettled, wanted } = load.progress();
    const users = currentUsers();
    if (!isSettled || users < wanted) return false;
    this.#isComplete = true;
    if (hooks !== undefined) {
      hooks.spawningComplete(users);
      fleet.broadcast({ type: 'spawned', users });
    }
    log.event('spawning-complete', { users });
    log.line('info', `all ${users} users running`);
    return true;
  }
}
