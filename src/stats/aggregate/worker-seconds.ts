import type { LoopStalls, WorkerHealth } from '../interval/interval.ts';
import { SATURATED_LOOP_RATIO } from '../verdict/verdict.ts';

/** Seconds that stay open for a second interval of the same second, which another lease may bring. */
const OPEN_SECONDS = 16;

/** What a worker did in one second. */
export interface WorkerSecond {
  readonly epoch: number;
  readonly second: number;
  readonly users: number;
  readonly requests: number;
  readonly health: WorkerHealth;
}

/**
 * Counts the seconds in which a worker was active, those of them in which it had no time to spare, and the
 * stalls of its event loop. Two intervals of one second count as one second, as in the run file; an interval
 * that comes more than 16 seconds late counts as a second of its own.
 */
export class WorkerSeconds {
  readonly #open = new Map<number, WorkerSecond>();
  readonly #closedStalls: LoopStalls[] = [];
  #closedActive = 0;
  #closedSaturated = 0;

  /** Seconds with users or requests. */
  get activeSeconds(): number {
    return this.#closedActive + this.#countOpen(isActive);
  }

  /** Of the active seconds, those in which the event loop had no time to spare. */
  get saturatedSeconds(): number {
    return this.#closedSaturated + this.#countOpen(isSaturated);
  }

  /** The stalls of each second in which the event loop stood still. */
  get stalls(): readonly LoopStalls[] {
    const open = [...this.#open.values()].map(({ health }) => health.stalls).filter(isStalled);
    return [...this.#closedStalls, ...open];
  }

  /** Adds an interval; one from before second 0 counts as second 0, without its users. */
  add(interval: WorkerSecond): void {
    const second = Math.max(0, interval.second);
    const own = interval.second < 0 ? { ...interval, second, users: 0 } : interval;
    const known = this.#open.get(second);
    this.#open.set(second, known === undefined ? own : merged(known, own));
    if (this.#open.size > OPEN_SECONDS) this.#close(Math.min(...this.#open.keys()));
  }

  #close(second: number): void {
    const closed = this.#open.get(second);
    if (closed === undefined) return;
    this.#open.delete(second);
    if (isActive(closed)) this.#closedActive += 1;
    if (isSaturated(closed)) this.#closedSaturated += 1;
    if (isStalled(closed.health.stalls)) this.#closedStalls.push(closed.health.stalls);
  }

  #countOpen(counts: (second: WorkerSecond) => boolean): number {
    let count = 0;
    for (const second of this.#open.values()) if (counts(second)) count += 1;
    return count;
  }
}

/** Requests and stalls add up; users and the rest of the health are those of the newer interval. */
function merged(known: WorkerSecond, added: WorkerSecond): WorkerSecond {
  const newer = added.epoch >= known.epoch ? added : known;
  const [a, b] = [known.health.stalls, added.health.stalls];
  const stalls = {
    totalUs: a.totalUs + b.totalUs,
    longestUs: Math.max(a.longestUs, b.longestUs),
    requests: a.requests + b.requests,
  };
  const requests = known.requests + added.requests;
  return { ...newer, requests, health: { ...newer.health, stalls } };
}

function isActive({ users, requests }: WorkerSecond): boolean {
  return users > 0 || requests > 0;
}

function isSaturated(second: WorkerSecond): boolean {
  return isActive(second) && second.health.loopRatio >= SATURATED_LOOP_RATIO;
}

function isStalled({ totalUs }: LoopStalls): boolean {
  return totalUs > 0;
}
