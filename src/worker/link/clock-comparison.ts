import type { Clock } from '../../base/clock.ts';
import type { MasterFrame } from '../../protocol/messages/master-messages.ts';
import { type ClockEstimate, ClockSync } from '../clock/clock-sync.ts';
import type { Lease } from './lease.ts';
import type { MasterWire } from './master-wire.ts';

/** Round trips made at once after joining, before users may be assigned. */
const FIRST_PROBES = 8;

/** Compares this machine's clock with the master's, and tells the lease which probes were answered. */
export class ClockComparison {
  readonly #clock: Clock;
  readonly #lease: Lease;
  #sync = new ClockSync();

  constructor(clock: Clock, lease: Lease) {
    this.#clock = clock;
    this.#lease = lease;
  }

  /** Begins anew: another master process may have another clock. */
  restart(): void {
    this.#sync = new ClockSync();
  }

  /** Begins a round trip. */
  probe(wire: MasterWire): void {
    wire.frame({ type: 'clock-probe', id: this.#sync.probe(this.#clock.nowUs()) });
  }

  /**
   * Ends a round trip.
   *
   * @returns The best estimate; `undefined` while there are fewer than eight answers: ask for more.
   */
  answered({
    id,
    masterUs,
  }: Extract<MasterFrame, { type: 'clock-answer' }>): ClockEstimate | undefined {
    const sentUs = this.#sync.answer(id, masterUs, this.#clock.nowUs());
    if (sentUs !== undefined) this.#lease.answered(sentUs);
    return this.#sync.samples < FIRST_PROBES ? undefined : this.#sync.estimate();
  }
}
