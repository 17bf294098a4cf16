import type { Clock } from '../../base/clock.ts';
import type { EventFacts, RunObserver } from '../../master/record/run-observer.ts';
import { eventLine } from '../../ui/progress-line.ts';
import { isoSecond } from '../process/iso-second.ts';
import type { Terminal } from '../process/terminal.ts';

/** Writes a line for each event of the run on standard error. */
export class EventLines implements RunObserver {
  readonly #terminal: Terminal;
  readonly #clock: Clock;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  event(name: string, fields: EventFacts): void {
    this.#terminal.err(`${eventLine({ name, fields }, isoSecond(this.#clock))}\n`);
  }
}
