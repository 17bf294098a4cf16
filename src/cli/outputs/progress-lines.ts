import type { Clock } from '../../base/clock.ts';
import { usToMs } from '../../base/units.ts';
import type { RunObserver } from '../../master/record/run-observer.ts';
import type { RunFigures } from '../../stats/snapshot/run-snapshot.ts';
import { progressLine } from '../../ui/progress-line.ts';
import { isoSecond } from '../process/iso-second.ts';
import type { Terminal } from '../process/terminal.ts';

/** Snapshots come once a second, give or take; a tenth of slack keeps the rhythm. */
const SLACK_MS = 100;

/** Writes how the run goes on standard error, every few seconds until its end. */
export class ProgressLines implements RunObserver {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #everyMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, clock: Clock, everySeconds: number) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#everyMs = everySeconds * 1000;
  }

  snapshot(snapshot: RunFigures): void {
    if (snapshot.state === 'finished') return;
    const nowMs = usToMs(this.#clock.nowUs());
    if (nowMs - this.#lastMs < this.#everyMs - SLACK_MS) return;
    this.#lastMs = nowMs;
    this.#terminal.err(`${progressLine(snapshot, isoSecond(this.#clock))}\n`);
  }
}
