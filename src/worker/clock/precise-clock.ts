import { type Clock, systemClock, type TimerHandle } from '../../base/clock.ts';
import { type QueuedTimer, TimerQueue } from '../../base/timer-queue.ts';
import { secondsToUs } from '../../base/units.ts';
import { Alarm } from './alarm.ts';
import { TICK_US } from './alarm-cells.ts';

/** Longest order for the alarm; for a later timer the alarm is set again on the way. */
const MAX_AHEAD_US: number = secondsToUs(1200);

/**
 * The machine's clocks with timers that fire within about 0.3 ms, never early, for thousands of paced
 * users: one heap for all, and a thread that wakes this one when the first is due. Timers that are due
 * within 0.2 ms of each other share one waking.
 */
export class PreciseClock implements Clock {
  readonly #queue = new TimerQueue();
  readonly #alarm: Alarm;
  /** The instant that the alarm, or the plain timer, is set for; `Infinity` where there is none. */
  #wakeUs = Number.POSITIVE_INFINITY;
  #lastWokenUs = Number.NEGATIVE_INFINITY;
  /** Takes the alarm's place while the alarm keeps no orders. */
  #plain: TimerHandle | undefined;

  /** Starts the thread; `close` ends it. */
  constructor() {
    this.#alarm = new Alarm(
      () => this.#wake(),
      () => this.#rearm(),
    );
  }

  nowUs(): number {
    return systemClock.nowUs();
  }

  epochMs(): number {
    return systemClock.epochMs();
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const timer = this.#queue.add(this.nowUs() + Math.max(delayMs, 0) * 1000, callback);
    if (timer.dueUs < this.#wakeUs) this.#arm(timer.dueUs);
    return timer;
  }

  clearTimer(handle: TimerHandle | undefined): void {
    // Handles are the queue's own timers. The alarm stays set for a cancelled timer, and finds nothing to do.
    if (handle !== undefined) this.#queue.cancel(handle as QueuedTimer);
  }

  /** Ends the thread; timers still fire, to the millisecond. */
  close(): Promise<void> {
    return this.#alarm.close();
  }

  #wake(): void {
    this.#wakeUs = Number.POSITIVE_INFINITY;
    const nowUs = this.nowUs();
    this.#lastWokenUs = nowUs;
    try {
      this.#queue.fire(nowUs);
    } catch (error) {
      // As with Node's timers, the process hears what a callback threw, and the other timers go on.
      queueMicrotask(() => {
        throw error;
      });
    }
    this.#rearm();
  }

  /** Sets the alarm for the next timer. */
  #rearm(): void {
    this.#wakeUs = Number.POSITIVE_INFINITY;
    const { nextDueUs } = this.#queue;
    if (nextDueUs < Number.POSITIVE_INFINITY) this.#arm(nextDueUs);
  }

  #arm(dueUs: number): void {
    const nowUs = this.nowUs();
    const earliestUs = Math.max(dueUs, this.#lastWokenUs + TICK_US);
    const wakeUs = Math.min(earliestUs, nowUs + MAX_AHEAD_US);
    if (wakeUs >= this.#wakeUs) return;
    this.#wakeUs = wakeUs;
    systemClock.clearTimer(this.#plain);
    this.#plain = undefined;
    if (this.#alarm.isLive) this.#alarm.set(wakeUs);
    else this.#plain = systemClock.setTimer((wakeUs - nowUs) / 1000, () => this.#wake());
  }
}
