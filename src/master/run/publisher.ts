import type { RunState } from '../../stats/snapshot/run-snapshot.ts';
import type { RunParts } from './run-parts.ts';

/** Shows the observers where the run stands. */
export class Publisher {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** Makes a snapshot of the run as it is now, and hands it on. */
  publish(): void {
    const { snapshots, time, clock, course, load, fleet, log } = this.#parts;
    const { wanted, isSettled } = load.progress();
    log.snapshot(
      snapshots.build({
        atMs: time.startUs === undefined ? null : this.#atMs(),
        nowUs: clock.nowUs(),
        state: this.#state(isSettled),
        targetUsers: course.isWaiting ? load.users : wanted,
        spawnRate: load.spawnRate,
        cutAtUs: time.cutAtUs,
        stopReason: course.isStopping || course.isOver ? course.life.stopReason : undefined,
        members: fleet.members(),
      }),
    );
  }

  #atMs(): number {
    const { course, time } = this.#parts;
    return course.isOver ? course.life.lastUserEndUs / 1000 : time.nowMs;
  }

  #state(isSettled: boolean): RunState {
    switch (this.#parts.course.life.phase) {
      case 'waiting':
      case 'preparing':
        return 'waiting';
      case 'running':
        return isSettled ? 'steady' : 'ramping';
      case 'stopping':
      case 'ending':
        return 'stopping';
      case 'finished':
        return 'finished';
    }
  }
}
