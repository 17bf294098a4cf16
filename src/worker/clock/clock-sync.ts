/**
 * Round trips that an estimate looks back at. Clocks drift: what an old round trip showed is wrong by now.
 */
const WINDOW = 60;

/** How far this machine's monotonic clock is from the master's. */
export interface ClockEstimate {
  /** Master's clock minus ours, in microseconds. */
  readonly offsetUs: number;
  /** The estimate is right within this: half the fastest round trip, in microseconds. */
  readonly errorUs: number;
}

/**
 * Estimates the offset of two clocks from round trips: the master's answer was made somewhere
 * between our sending and our receiving, so the fastest of the latest round trips bounds the offset best.
 */
export class ClockSync {
  readonly #sentUs = new Map<number, number>();
  readonly #estimates: ClockEstimate[] = [];
  #nextId = 1;

  /** Begins a round trip at `nowUs`; the result is the probe's id. */
  probe(nowUs: number): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#sentUs.set(id, nowUs);
    // Probes whose answers were lost with a connection would pile up here.
    if (this.#sentUs.size > WINDOW) {
      const [oldest] = this.#sentUs.keys();
      if (oldest !== undefined) this.#sentUs.delete(oldest);
    }
    return id;
  }

  /** Ends a round trip; an unknown id is ignored. @returns When it began; `undefined` for an unknown one. */
  answer(id: number, masterUs: number, nowUs: number): number | undefined {
    const sentUs = this.#sentUs.get(id);
    if (sentUs === undefined) return undefined;
    this.#sentUs.delete(id);
    const errorUs = Math.max(0, nowUs - sentUs) / 2;
    this.#estimates.push({ offsetUs: masterUs - (sentUs + errorUs), errorUs });
    if (this.#estimates.length > WINDOW) this.#estimates.shift();
    return sentUs;
  }

  /** Round trips that the estimate rests on. */
  get samples(): number {
    return this.#estimates.length;
  }

  /** The best estimate so far; `undefined` before the first answer. */
  estimate(): ClockEstimate | undefined {
    let best = this.#estimates[0];
    for (const candidate of this.#estimates) {
      if (best === undefined || candidate.errorUs < best.errorUs) best = candidate;
    }
    return best;
  }
}
