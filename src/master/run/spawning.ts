import { counted } from '../../base/format.ts';
import type { RunParts } from './run-parts.ts';

/** Notices when all users have been started for the first time, and tells everybody. */
export class Spawning {
  readonly #parts: RunParts;
  /** A resumed run may have had all its users before this process. */
  #isComplete: boolean;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#isComplete = parts.options.resumed?.isSpawned ?? false;
  }

  /** To be called while the run goes on. @returns Whether it was complete just now. */
  check(): boolean {
    const { fleet, load, log, hooks, aggregate } = this.#parts;
    if (this.#isComplete) return false;
    const { isSettled, wanted } = load.progress();
    const users = aggregate.users.now;
    if (!isSettled || users < wanted) return false;
    this.#isComplete = true;
    if (hooks !== undefined) {
      hooks.spawningComplete(users);
      fleet.broadcast({ type: 'spawned', users });
    }
    log.event('spawning-complete', { users });
    log.line('info', `all ${counted(users, 'user')} running`);
    return true;
  }
}

/** The statistics start again at the next second. @returns What was done. */
export function restartStatistics({ aggregate, journal, hooks, log, time }: RunParts): string {
  const second = aggregate.resetStats(Math.max(0, Math.floor(time.nowMs / 1000) + 1));
  journal.phase(second);
  hooks?.statsReset();
  log.event('stats-reset', { second });
  log.line('info', `statistics start again at ${second} s`);
  return `statistics start again at ${second} s`;
}
