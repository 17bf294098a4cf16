import type { Clock, TimerHandle } from '../../base/clock.ts';
import { usToMs } from '../../base/units.ts';

/** Something that must end by an instant. */
export interface Expiring {
  /**
   * Instant of `Clock.nowUs`; `Infinity` for never. While it is in a sweep it may go back; where it comes
   * forward, the sweep must be told by `due`.
   */
  readonly deadlineUs: number;
  /** The instant has passed. May add and remove others; must not throw. */
  expire(): void;
}

/**
 * All deadlines of an engine behind one timer, instead of a timer for each request: the timer is set
 * for the earliest deadline known, and removing one leaves it alone. With equal timeouts it fires
 * about once per timeout, and finds nothing to do. A deadline is kept to the timer's precision,
 * about 1 ms, and never early.
 */
export class DeadlineSweep {
  readonly #clock: Clock;
  readonly #pending = new Set<Expiring>();
  #timer: TimerHandle | undefined;
  #wakeUs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are being watched. */
  get size(): number {
    return this.#pending.size;
  }

  /** Watches `item` until it is removed or has expired. */
  add(item: Expiring): void {
    if (item.deadlineUs !== Number.POSITIVE_INFINITY) this.watch(item);
  }

  /**
   * Watches `item` too where it has no deadline now: one that lasts for many exchanges stays, and saves
   * adding and removing each of them.
   */
  watch(item: Expiring): void {
    this.#pending.add(item);
    this.due(item.deadlineUs);
  }

  /** Tells the sweep that an item which it watches has this deadline now. */
  due(deadlineUs: number): void {
    if (deadlineUs < this.#wakeUs) this.#arm(deadlineUs);
  }

  /** Forgets `item`, where it is watched at all. */
  remove(item: Expiring): void {
    this.#pending.delete(item);
  }

  /** Lets go of the timer where nothing is watched, so that it does not keep the process alive. */
  rest(): void {
    if (this.#pending.size > 0) return;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#wakeUs = Number.POSITIVE_INFINITY;
  }

  #arm(wakeUs: number): void {
    this.#clock.clearTimer(this.#timer);
    this.#wakeUs = wakeUs;
    // A full millisecond is added where there is a fraction: a timer that fires early would only be set again.
    const delayMs = Math.ceil(usToMs(wakeUs - this.#clock.nowUs()));
    this.#timer = this.#clock.setTimer(delayMs, this.#sweep);
  }

  readonly #sweep = (): void => {
    this.#timer = undefined;
    this.#wakeUs = Number.POSITIVE_INFINITY;
    const nowUs = this.#clock.nowUs();
    let earliestUs = Number.POSITIVE_INFINITY;
    for (const item of this.#pending) {
      if (item.deadlineUs <= nowUs) {
        this.#pending.delete(item);
        item.expire();
      } else if (item.deadlineUs < earliestUs) {
        earliestUs = item.deadlineUs;
      }
    }
    // What expired may have added others, which armed the timer for themselves.
    if (earliestUs < this.#wakeUs) this.#arm(earliestUs);
  };
}
